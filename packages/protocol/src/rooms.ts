/** The room of the path `/`. */
export const LOBBY = "lobby";

/** Up to 64 code points (the flag u counts them), begun with a letter or digit: so never only dots, as in a path. */
const ROOM = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]{0,63}$/u;

/** Letters and marks that show nothing (a Hangul filler, a variation selector): two rooms would look like one. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** The room's name if it is one exactly, in normal form already; as frames have it. */
export function parseRoom(text: string): string | undefined {
  // Two units are the most that a code point takes: longer ones are not worth normalising.
  if (text.length > 128 || !ROOM.test(text) || INVISIBLE.test(text)) return undefined;
  return normal(text) === text ? text : undefined;
}

/**
 * The room that the path of a URL names: one segment, percent-decoded and brought to normal form; `/` is the
 * lobby. A query is looked past. Undefined for everything else, which is a 404.
 */
export function roomFromPath(path: string): string | undefined {
  const pathname = path.replace(/[?#].*$/s, "");
  if (pathname === "/") return LOBBY;
  if (!pathname.startsWith("/")) return undefined;
  try {
    return parseRoom(normal(decodeURIComponent(pathname.slice(1))));
  } catch {
    return undefined; // a broken percent-escape
  }
}

/** NFC again at the end, for lower case may bring forth what composes. */
function normal(text: string): string {
  return text.normalize("NFC").toLowerCase().normalize("NFC");
}
