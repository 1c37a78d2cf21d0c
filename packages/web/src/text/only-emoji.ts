/** One to three of them, with or without spaces between. */
const ONLY_EMOJI = /^\s*(?:\p{RGI_Emoji}\s*){1,3}$/v;
/** The longest emoji, flags of parts of countries and families, have 14 UTF-16 units. */
const MAX_LENGTH = 60;

/** Whether somebody said nothing but an emoji or a few; they are shown larger. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= MAX_LENGTH && ONLY_EMOJI.test(text);
}
