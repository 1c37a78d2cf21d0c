import { gemoji } from "gemoji";

export type Emoji = { readonly emoji: string; readonly name: string };

const byName: ReadonlyMap<string, string> = new Map(
  gemoji.flatMap(({ emoji, names }) => names.map((name) => [name, emoji] as const)),
);

/** `:name:` where an emoji may be meant: not in a word, an address or a time. */
const CLOSED = /(?<![\p{L}\p{N}:/]):([a-z\d_+-]+):$/u;
/** The longest name has 36 characters. */
const MAX_LENGTH = 64;

/** Those whose name or tags fit, best first, each once, under the name that fits. */
export function findEmoji(query: string, limit = 8): Emoji[] {
  const wanted = query.toLowerCase();
  const found: (Emoji & { rank: number; at: number })[] = [];
  for (const [at, { emoji, names, tags }] of gemoji.entries()) {
    let best = { rank: tagRank(tags, wanted), name: names[0]! };
    for (const name of names) {
      const rank = nameRank(name, wanted);
      if (rank < best.rank) best = { rank, name };
    }
    if (best.rank < Number.POSITIVE_INFINITY) found.push({ emoji, name: best.name, rank: best.rank, at });
  }
  found.sort((one, other) => one.rank - other.rank || one.at - other.at);
  return found.slice(0, limit).map(({ emoji, name }) => ({ emoji, name }));
}

/** @param name without colons */
export function emojiNamed(name: string): string | undefined {
  return byName.get(name);
}

/** The text with the emoji whose name the colon before the caret closes, or nothing where it closes none. */
export function replaceClosed(text: string, caret: number): { text: string; caret: number } | undefined {
  const start = Math.max(0, caret - MAX_LENGTH);
  const closed = CLOSED.exec(text.slice(start, caret));
  const emoji = closed === null ? undefined : emojiNamed(closed[1]!);
  if (closed === null || emoji === undefined) return undefined;
  const before = text.slice(0, start + closed.index) + emoji;
  return { text: before + text.slice(caret), caret: before.length };
}

function nameRank(name: string, wanted: string): number {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (name.includes(`_${wanted}`)) return 3;
  return name.includes(wanted) ? 5 : Number.POSITIVE_INFINITY;
}

function tagRank(tags: readonly string[], wanted: string): number {
  if (tags.includes(wanted)) return 2;
  return tags.some((tag) => tag.startsWith(wanted)) ? 4 : Number.POSITIVE_INFINITY;
}
