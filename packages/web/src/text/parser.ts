import { signal } from "@preact/signals";
import type { Block, Parse } from "./tree.ts";

/** How texts are parsed, once that is loaded; until then, and where it does not load, they are shown as typed. */
export const parser = signal<Parse | undefined>(undefined);

let loading: Promise<void> | undefined;

/** Loads markdown.ts, and marked with it. Resolves also where that fails, and a later call tries again. */
export function loadParser(): Promise<void> {
  loading ??= import("./markdown.ts").then(
    ({ parse }) => {
      parser.value = parse;
    },
    () => {
      loading = undefined;
    },
  );
  return loading;
}

/** Texts whose trees are kept: some screens of those that have any markup. */
const MAX_KEPT = 500;
const kept = new Map<string, readonly Block[]>();

/** `parse(text)`, without the work where it was done lately: rows come and go as one scrolls. */
export function parsed(text: string, parse: Parse): readonly Block[] {
  const known = kept.get(text);
  if (known !== undefined) {
    // To the end: the first in the map is the one that was not asked for the longest.
    kept.delete(text);
    kept.set(text, known);
    return known;
  }
  const blocks = parse(text);
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(text, blocks);
  return blocks;
}
