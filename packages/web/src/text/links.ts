/** Format characters that turn around what is written behind them: an address with one looks like another address. */
const TURNING = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";

const URL_START = new RegExp(`^(?:https?://|www\\.)[^\\s<>"\`${TURNING}]+`, "iu");
const TURNS = new RegExp(`[${TURNING}]`, "u");
const UNFIT = new RegExp(`[\\s\\p{Cc}${TURNING}]`, "u");
const TRAILING = /[?!.,:;*_'"~|\\\p{Pf}\p{Pi}\u2026\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f]/u;
const CLOSERS: ReadonlyMap<string, string> = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
  ["\uff09", "\uff08"],
  ["\u300d", "\u300c"],
  ["\u300f", "\u300e"],
]);

/** The address that a text begins with, without the punctuation of the sentence around it. */
export function urlAt(text: string): string | undefined {
  const found = URL_START.exec(text)?.[0];
  if (found === undefined || TURNS.test(text.charAt(found.length))) return undefined;
  const url = found.slice(0, endOf(found));
  // `www.` alone is no address, nor `www.x`.
  const isWhole = /^www\./i.test(url) ? /^www\.[^./]+\.[^./]/i.test(url) : true;
  return isWhole && httpHref(hrefOf(url)) !== undefined ? url : undefined;
}

export function hrefOf(url: string): string {
  return /^www\./i.test(url) ? `http://${url}` : url;
}

/** The address where a page may lead: `http:` and `https:` only, and nothing in it that browsers leave out or turn. */
export function httpHref(href: string): string | undefined {
  return /^https?:\/\/[^/?#]/i.test(href) && !UNFIT.test(href) && URL.canParse(href) ? href : undefined;
}

/** The label is an address on another host than the one where the link leads. */
export function misleads(label: string, href: string): boolean {
  const shown = /(?:[a-z]+:\/\/|www\.)([^\s/?#]*)/i.exec(label);
  if (shown === null) return false;
  const host = hostOf(href);
  return host === undefined || bare(shown[1]!.toLowerCase()) !== bare(host);
}

export function hostOf(href: string): string | undefined {
  return URL.canParse(href) ? new URL(href).host : undefined;
}

/** A room of the page that stands at `origin`, by either form of its address: `/r/team` or `/#/team`. */
export function isRoomOf(origin: string, href: string): boolean {
  if (!URL.canParse(href)) return false;
  const url = new URL(href);
  if (url.origin !== origin) return false;
  return /^\/r\/[^/]+\/?$/.test(url.pathname) || (url.pathname === "/" && url.hash.startsWith("#/"));
}

function bare(host: string): string {
  return host.replace(/^www\./, "");
}

/** Brackets that close one of the address itself stay with it: Wikipedia has such addresses. */
function endOf(url: string): number {
  const open = new Map<string, number>();
  for (const char of url) open.set(char, (open.get(char) ?? 0) + 1);
  let end = url.length;
  for (; end > 0; end--) {
    const last = url[end - 1]!;
    const opener = CLOSERS.get(last);
    if (opener !== undefined) {
      if ((open.get(last) ?? 0) <= (open.get(opener) ?? 0)) break;
      open.set(last, open.get(last)! - 1);
    } else if (!TRAILING.test(last)) break;
  }
  return end;
}
