import { maxTextBytes } from "./limits.ts";

/** What can be wrong with a text; each is an error code as well. */
export type TextFault = "text_too_long" | "text_empty" | "text_malformed";

const encoder = new TextEncoder();

/** Whether a text has at most so many bytes in UTF-8. Counts only where the length in UTF-16 does not settle it. */
export function fitsUtf8(text: string, maxBytes: number): boolean {
  // A UTF-16 unit takes one to three bytes (a pair of them four).
  if (text.length * 3 <= maxBytes) return true;
  if (text.length > maxBytes) return false;
  return encoder.encode(text).length <= maxBytes;
}

/** Tab and line feed are writing; the others of U+0000 to U+001F, and U+007F to U+009F, steer terminals and cut strings in C. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** What keeps a text from being sent, or undefined: for composers too, before they send. `maxBytes` from `welcome`. */
export function textFault(text: string, maxBytes: number = maxTextBytes): TextFault | undefined {
  if (!fitsUtf8(text, maxBytes)) return "text_too_long";
  // A lone surrogate has no UTF-8: it would come back as another text than was sent.
  if (!text.isWellFormed() || CONTROL.test(text)) return "text_malformed";
  if (text.trim() === "") return "text_empty";
  return undefined;
}
