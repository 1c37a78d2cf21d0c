import type { StoreError } from "../errors.ts";
import type { Appended, Draft } from "../store.ts";

/** Drafts in one transaction, and characters of their texts: some 20 ms of PostgreSQL's time. */
export const MAX_GROUP = { drafts: 1_000, characters: 1_048_576 };

export interface Call {
  readonly room: string;
  readonly drafts: readonly Draft[];
  readonly weight: number;
  readonly characters: number;
  readonly deadline: number;
  /** A transaction failed that it was part of, perhaps because of another: what it shares the next with. */
  shares: "any" | "room" | "none";
  attempts: number;
  isSettled: boolean;
  resolve(appended: Appended[]): void;
  reject(error: StoreError): void;
}

/** As many of a room's calls as there is room for; of a group that is empty yet, one at least. */
export function takeThatFit(calls: readonly Call[], left: typeof MAX_GROUP, isFirst: boolean): Call[] {
  const taken: Call[] = [];
  for (const call of calls) {
    const isAlone = isFirst && taken.length === 0;
    left.drafts -= call.weight;
    left.characters -= call.characters;
    if (!isAlone && (left.drafts < 0 || left.characters < 0)) break;
    if (!isAlone && call.shares === "none") break;
    if (!isFirst && call.shares === "room") break;
    taken.push(call);
    if (call.shares === "none") break;
  }
  return taken;
}
