import assert from "node:assert/strict";
import { draft } from "../../contract.ts";
import { StoreError } from "../../errors.ts";
import type { Appended, Store, StoredEvent } from "../../store.ts";

export interface Load {
  /** Senders, spread over the stores and the rooms; each waits for one append before the next. */
  senders: number;
  rooms: number;
  batch?: number;
}

/** What was acknowledged, and what was not. */
export interface Outcome {
  acknowledged: Appended["event"][];
  refused: StoreError[];
}

/** Appends until `until` resolves. A sender tries what was refused again, with the same ids, as a client does. */
export async function load(stores: readonly Store[], of: Load, until: Promise<unknown>): Promise<Outcome> {
  const { senders, rooms, batch = 1 } = of;
  const outcome: Outcome = { acknowledged: [], refused: [] };
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });

  async function send(sender: number): Promise<void> {
    const store = stores[sender % stores.length]!;
    const room = `room-${sender % rooms}`;
    for (let next = 0; !isOver; ) {
      const drafts = Array.from({ length: batch }, (_, index) =>
        draft(`${next + index}`, { sender: `sender-${sender}` }),
      );
      try {
        for (const { event } of await store.append(room, drafts)) outcome.acknowledged.push(event);
        next += batch;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        outcome.refused.push(error);
        assert.equal(error.code, "unavailable", error.message);
      }
    }
  }

  await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
  await until;
  return outcome;
}

/** Every event of a room, page by page. */
export async function readAll(store: Store, room: string): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const { events, head } = await store.read(room, { after: all.length, limit: 1000 });
    assert.ok(
      events.length > 0 || head === all.length,
      `P1 ${room} has ${head} events, after ${all.length} comes none`,
    );
    all.push(...events);
    if (all.length >= head) return all;
  }
}

/**
 * P1 to P4 of everything in those rooms: seqs are dense, all stores read the same, what was acknowledged is there once and
 * where it was said to be, and each sender's stand in the order in which they were sent.
 */
export async function checkLog(
  stores: readonly Store[],
  rooms: number,
  { acknowledged }: Outcome,
): Promise<number> {
  let count = 0;
  for (let number = 0; number < rooms; number++) {
    const room = `room-${number}`;
    const [log, ...others] = await Promise.all(stores.map((store) => readAll(store, room)));
    for (const other of others) assert.deepEqual(other, log, "all nodes read one log");
    assert.deepEqual(
      log!.map(({ seq }) => seq),
      log!.map((_, index) => index + 1),
      "P2 seqs are dense",
    );
    const sent = new Map<string, number>();
    for (const { from, id } of log!) {
      assert.equal(Number(id), sent.get(from.id) ?? 0, `P3 P4 ${from.id} in order, once`);
      sent.set(from.id, Number(id) + 1);
    }
    for (const event of acknowledged) {
      if (event.room === room)
        assert.deepEqual(log![event.seq - 1], event, "P1 what was acknowledged is there");
    }
    count += log!.length;
  }
  return count;
}
