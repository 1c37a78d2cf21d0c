/** What markdown.ts could show otherwise than it was typed; rather too often than too seldom. */
const MARKUP = new RegExp(
  [
    "[*_`~]",
    "\\]\\(",
    "\\\\[!-/:-@\\[-`{-~\\n]",
    "&[#a-z]",
    "https?://|www\\.",
    // At the beginning of a line: quotes, headings, lists, rules.
    "^ {0,3}(?:>|#{1,6}(?:[ \\t]|$)|(?:[-+]|\\d{1,9}[.)])(?:[ \\t]|$)|---)",
  ].join("|"),
  "im",
);

/** Whether a text may look otherwise once parsed. Most lines of a chat do not, and need no parser. */
export function needsMarkdown(text: string): boolean {
  return MARKUP.test(text);
}

/** Marks without a width of their own, as many as no script piles up: more of them cover the lines around. */
const PILED_MARKS = /([\p{Mn}\p{Me}]{6})[\p{Mn}\p{Me}]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * The text with nothing in it that a page could not show: plain clients may send anything. Control characters become
 * their pictures (`␀`), half surrogate pairs and what has no picture U+FFFD. Letters of any script stay as they are.
 */
export function cleaned(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(CONTROLS, picture).replace(PILED_MARKS, "$1").toWellFormed();
}

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** Without blank lines before and behind. Spaces before the first word stay: they may be a drawing's. */
export function trimmed(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}

/** Nothing of it can be seen. Plain clients may send empty lines, and anybody zero-width spaces. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
}
