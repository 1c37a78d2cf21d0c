/** `mention` is the name as its owner writes it, `typed` what stands in the text, `@` included. */
export type Mention = { readonly mention: string; readonly typed: string };

type Matcher = { readonly pattern: RegExp; readonly names: ReadonlyMap<string, string> };

/** Every row of a room asks with the same list: its expression is made once. */
const matchers = new WeakMap<readonly string[], Matcher>();

/**
 * The text in parts, with those who are called in it apart. Case does not matter; of two names that fit, the longer one
 * is meant; `mail@ada.example` and `@adam` call no Ada.
 */
export function splitMentions(text: string, names: readonly string[]): (string | Mention)[] {
  if (!text.includes("@") || names.length === 0) return [text];
  const matcher = matcherOf(names);
  const parts: (string | Mention)[] = [];
  let end = 0;
  for (const match of text.matchAll(matcher.pattern)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const name = match[1]!;
    parts.push({ mention: matcher.names.get(name.toLowerCase()) ?? name, typed: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length || parts.length === 0) parts.push(text.slice(end));
  return parts;
}

/** Somebody of this name is called. Fit for every event that comes: the expression of the last name is kept. */
export function mentions(text: string, name: string): boolean {
  if (!text.includes("@") || name === "") return false;
  if (last.name !== name) last = { name, pattern: patternOf([name]) };
  return text.search(last.pattern) >= 0;
}

let last = { name: "", pattern: /(?!)/ };

function matcherOf(names: readonly string[]): Matcher {
  let matcher = matchers.get(names);
  if (matcher === undefined) {
    const known = names.filter((name) => name !== "");
    matcher = { pattern: patternOf(known), names: new Map(known.map((name) => [name.toLowerCase(), name])) };
    matchers.set(names, matcher);
  }
  return matcher;
}

function patternOf(names: readonly string[]): RegExp {
  const longestFirst = names.toSorted((one, other) => other.length - one.length).map(escaped);
  if (longestFirst.length === 0) return /(?!)/g;
  return new RegExp(`(?<![\\p{L}\\p{N}])@(${longestFirst.join("|")})(?![\\p{L}\\p{N}\\p{M}])`, "giu");
}

/** `RegExp.escape` is younger than the browsers we promise. */
function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
