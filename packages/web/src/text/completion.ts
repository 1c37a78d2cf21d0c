import type { Person } from "@natter/client";
import { shownName } from "./names.ts";

/** What is being typed: `text.slice(from, to)` is `@ad` or `:smi`, and `query` is that without its first character. */
export type Completion = {
  readonly kind: "person" | "emoji";
  readonly from: number;
  readonly to: number;
  readonly query: string;
};

/** Looked at before the caret: an `@` and a name. */
const MAX_LENGTH = 64;

/** Nothing, or a name with one space at most, for what follows is a sentence. */
const PERSON = /(?<![\p{L}\p{N}])@((?:[^\s@]+ ?[^\s@]*)?)$/u;
/** From two characters on: `:D` and `:)` are typed on purpose. Not in `10:30`, `http://`, `std::vector`. */
const EMOJI = /(?<![\p{L}\p{N}:/]):([\w+-]{2,})$/u;

/** What could be completed where the caret stands. */
export function completionAt(text: string, caret: number): Completion | undefined {
  const start = Math.max(0, caret - MAX_LENGTH);
  const before = text.slice(start, caret);
  const person = PERSON.exec(before);
  const found = person ?? EMOJI.exec(before);
  if (found === null) return undefined;
  return { kind: person ? "person" : "emoji", from: start + found.index, to: caret, query: found[1]! };
}

/** The text with the replacement, and a space behind it where there is none, and the caret behind that. */
export function complete(
  text: string,
  { from, to }: Completion,
  replacement: string,
): { text: string; caret: number } {
  const rest = text.slice(to);
  const space = rest.startsWith(" ") ? "" : " ";
  return { text: text.slice(0, from) + replacement + space + rest, caret: from + replacement.length + 1 };
}

const collator = new Intl.Collator();

/** Those whose name has the query in it: first where it begins the name, then a word of it, then in between. */
export function rankPeople<P extends Person>(people: readonly P[], query: string): P[] {
  const wanted = folded(query);
  return people
    .map((person) => ({ person, name: shownName(person), rank: rankOf(folded(shownName(person)), wanted) }))
    .filter(({ rank }) => rank >= 0)
    .sort((one, other) => one.rank - other.rank || collator.compare(one.name, other.name))
    .map(({ person }) => person);
}

function rankOf(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 0;
  const at = name.indexOf(wanted);
  if (at < 0) return -1;
  return name.includes(` ${wanted}`) ? 1 : 2;
}

/** `jose` finds José. */
function folded(name: string): string {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
