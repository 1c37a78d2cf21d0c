// Six million deliveries cannot all be kept to be compared in the end. Each event has a number made of what it says,
// and each reader keeps the sum of those it saw: the log's own sum between the same two places must be the same.

import type { Store } from "../../../packages/server/src/store/store.ts";

const MODULUS = 2 ** 40;
const PAGE = 1_000;

/** A number below 2^32 of a text (FNV-1a). */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

export function eventNumber(seq: number, id: string, text: string): number {
  return numberOf(`${seq} ${id} ${text}`);
}

export function added(sum: number, number: number): number {
  return (sum + number) % MODULUS;
}

/** What stands between two sums. */
export function between(first: number, last: number): number {
  return (last - first + MODULUS) % MODULUS;
}

/** A room's log as sums: at each seq, that of all up to it. */
export type LogSums = {
  readonly events: readonly number[];
  readonly texts: readonly number[];
  readonly seqOfText: ReadonlyMap<string, number>;
};

export async function readSums(store: Store, room: string): Promise<LogSums> {
  const [events, texts, seqOfText] = [[0], [0], new Map<string, number>()];
  for (let after = 0; ; ) {
    const page = await store.read(room, { after, limit: PAGE });
    for (const { seq, id, text } of page.events) {
      if (seq !== events.length) throw new Error(`P2 ${room}: ${seq} stands at ${events.length}`);
      if (seqOfText.has(text)) throw new Error(`P3 ${room}: "${text}" is there twice`);
      events.push(added(events.at(-1)!, eventNumber(seq, id, text)));
      texts.push(added(texts.at(-1)!, numberOf(text)));
      seqOfText.set(text, seq);
    }
    after = page.events.at(-1)?.seq ?? after;
    if (after >= page.head) return { events, texts, seqOfText };
  }
}
