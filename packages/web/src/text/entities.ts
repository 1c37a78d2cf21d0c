import { cleaned } from "./plain.ts";

/** Those that people type. The others of HTML's 2,231 are shown as typed. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", "\u00a0"],
  ["copy", "©"],
  ["reg", "®"],
  ["trade", "™"],
  ["hellip", "…"],
  ["ndash", "–"],
  ["mdash", "—"],
  ["larr", "←"],
  ["rarr", "→"],
  ["times", "×"],
  ["deg", "°"],
  ["euro", "€"],
  ["pound", "£"],
  ["middot", "·"],
  ["bull", "•"],
]);

/** A character reference, as in `&amp;`, `&#8594;`, `&#x2192;`. */
export const ENTITY = new RegExp(
  `&(?:#(\\d{1,7})|#[xX]([\\da-fA-F]{1,6})|(${[...NAMED.keys()].join("|")}));`,
  "g",
);

/** The text with its character references resolved, as CommonMark has it, and nothing else in it than `cleaned` lets be. */
export function decoded(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(ENTITY, (_, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED.get(name)!;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code === 0 || code > 0x10ffff ? "\ufffd" : cleaned(String.fromCodePoint(code));
  });
}
