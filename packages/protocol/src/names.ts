import { maxMarksInARow, maxNameCodePoints, maxNameInputUnits } from "./limits.ts";

/** Why a name is refused: nothing left of it, over 32 code points, only digits, or combining marks piled up. */
export type NameFault = "empty" | "too_long" | "only_digits" | "marks";

export type CleanedName =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly fault: NameFault };

/**
 * What shows nothing or bends what stands around it: format (zero-width, bidirectional overrides), private,
 * unassigned and surrogate code points, fillers and variation selectors, and the empty Braille cell.
 */
const UNSEEN = /[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** White space, line and paragraph separators among it: `a`, a line break, `b` is two words, not one. */
const SPACE = /\s+/gu;
const CONTROL = /\p{Cc}/gu;

/** Digits and numbers of any script: `３`, `٣` and `³` must not pass for plain client 3. */
const ONLY_DIGITS = /^[\p{N} ]+$/u;

/**
 * Marks without a width of their own, over the limit in a row, or first, where they would sit on what stands
 * before the name. Spacing marks (Mc) do not count: everyday Burmese has four marks after one letter.
 */
const PILED_MARKS = new RegExp(`^\\p{M}|[\\p{Mn}\\p{Me}]{${maxMarksInARow + 1}}`, "u");

/**
 * The name as it is shown and stored: what cannot be seen taken out, white space made single, trimmed, NFC.
 * Cleaning a cleaned name changes nothing. Which code points are assigned depends on the runtime's Unicode
 * version, so the server's answer is the one that counts.
 */
export function cleanName(text: string): CleanedName {
  if (text.length > maxNameInputUnits) return { ok: false, fault: "too_long" };
  // Invisible ones first, for U+FEFF counts as white space; NFC last, for they may have kept two apart.
  const seen = text.replace(UNSEEN, "").replace(SPACE, " ").replace(CONTROL, "");
  const name = seen.replace(SPACE, " ").trim().normalize("NFC");
  if (name === "") return { ok: false, fault: "empty" };
  if ([...name].length > maxNameCodePoints) return { ok: false, fault: "too_long" };
  if (ONLY_DIGITS.test(name)) return { ok: false, fault: "only_digits" };
  if (PILED_MARKS.test(name)) return { ok: false, fault: "marks" };
  return { ok: true, name };
}

/**
 * The name as it stands in the sentences that plain clients get, `Client (…) : hi`. Round brackets become
 * square ones: somebody called `3) : bye (` would otherwise speak for client 3.
 */
export function nameInSentence(name: string): string {
  return name.replaceAll("(", "[").replaceAll(")", "]");
}

const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
const LINE_BREAKS = new RegExp(LINE_BREAK, "g");
/** What shows nothing, inside a character class: `UNSEEN`, and control characters that break no line. */
const HIDDEN = String.raw`\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f`;
/** All of what shows nothing but space: matched from each of its line breaks on, it were quadratic (a text of 8 KiB of them). */
const BLANK = new RegExp(`[\\s\\x85${HIDDEN}]+`, "gu");
/** What reads as one of these sentences, from where it is asked. */
const SENTENCE = new RegExp(`(?:${spelt("new")}[\\s${HIDDEN}]+)?${spelt("client")}[\\s${HIDDEN}]*\\(`, "iuy");
/** All but tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ONE_CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;

/** A word, whatever does not show between its letters. */
function spelt(word: string): string {
  return [...word].join(`[${HIDDEN}]*`);
}

/**
 * The text as it stands in those sentences, which a plain client prints: to the letter, but for a line break that would
 * make a second sentence of it (`hi`, a line break, `Client (3) : bye`), and what steers a terminal (an escape sequence).
 */
export function textInSentence(text: string): string {
  const lines = LINE_BREAK.test(text)
    ? text.replace(BLANK, (blank, at) => withoutBreaks(blank, text, at))
    : text;
  return lines.replace(ONE_CONTROL, pictureOf);
}

/** @param at where the blank stands in the text */
function withoutBreaks(blank: string, text: string, at: number): string {
  if (!LINE_BREAK.test(blank)) return blank;
  SENTENCE.lastIndex = at + blank.length;
  return SENTENCE.test(text) ? blank.replaceAll(LINE_BREAKS, " ↵ ") : blank;
}

/** Unicode has a picture for each of U+0000 to U+001F, from U+2400 on, and for U+007F; for no other. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}
