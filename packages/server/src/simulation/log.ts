// A store's logs: to be looked at, and to be rolled back as by a restored backup.

import assert from "node:assert/strict";
import { createMemoryStore, type MemoryOptions, type MemoryStore } from "../store/memory.ts";
import { MAX_READ, type Store, type StoredEvent } from "../store/store.ts";
import type { Random } from "./random.ts";

export async function readAll(store: Store, room: string): Promise<StoredEvent[]> {
  const log: StoredEvent[] = [];
  for (;;) {
    const { events, head } = await store.read(room, { after: log.length, limit: MAX_READ });
    log.push(...events);
    if (log.length >= head) return log;
  }
}

/** The data is that of an earlier moment. @returns it, and the ids of the events that are gone */
export async function rollBack(
  store: Store,
  rooms: readonly string[],
  random: Random,
  options: MemoryOptions,
): Promise<{ earlier: MemoryStore; lost: Set<string> }> {
  const earlier = createMemoryStore(options);
  const lost = new Set<string>();
  for (const room of rooms) {
    const log = await readAll(store, room);
    const kept = log.slice(0, random.between(0, log.length));
    for (const event of kept) await earlier.append(room, [event]);
    for (const { id } of log.slice(kept.length)) lost.add(id);
  }
  return { earlier, lost };
}

export function checkLog(room: string, log: readonly StoredEvent[]): void {
  for (const [index, { seq }] of log.entries()) assert.equal(seq, index + 1, `P2 ${room} is dense from 1`);
  const names = log.map(({ from, id }) => `${from.id} ${id}`);
  assert.equal(new Set(names).size, names.length, `P3 ${room}: one (sender, id) is one event`);
}
