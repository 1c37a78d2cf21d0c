import type { Person } from "@natter/client";
import { foldedName } from "./look-alike-letters.ts";

/** A plain client that gave no name has its number for one; nobody else's name is a number (N2). */
export function shownName({ name, plain }: Person): string {
  return plain && /^\d+$/.test(name) ? `Guest ${name}` : name;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first character as people see it, which may be several code points: a letter with its marks, a family. */
export function initialOf(name: string): string {
  const [first] = graphemes.segment(name.trim());
  if (first === undefined) return "?";
  const upper = first.segment.toUpperCase();
  // ß would become SS.
  return [...upper].length > [...first.segment].length ? first.segment : upper;
}

/** Colours to tell people apart by; each is a class and a token. */
const HUES = 8;

/** The person's colour, from 0 to 7: the same on every page, for as long as they have their id. */
export function hueOf(id: string): number {
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return ((hash >>> 16) ^ hash) & (HUES - 1);
}

/** Enough of an id to tell those apart whose names look alike; it names nobody for sure. */
export function tagOf(id: string): string {
  return id.slice(0, 4);
}

/** The ids of those whose shown name looks like that of another id (N4). Somebody who changed theirs may come twice. */
export function lookAlikes(people: Iterable<Person>): ReadonlySet<string> {
  const firstOf = new Map<string, string>();
  const found = new Set<string>();
  for (const person of people) {
    const look = foldedName(shownName(person));
    const first = firstOf.get(look);
    if (first === undefined) firstOf.set(look, person.id);
    else if (first !== person.id) found.add(first).add(person.id);
  }
  return found;
}
