// What waits for somebody who does not read is counted as the memory that it holds. In a process of its own, for what
// other tests allocate would be measured as well.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { usedBytes } from "../../../test/support/memory.ts";
import type { Client } from "./index.ts";
import { openHub, turn } from "./testing/hub.ts";

const READERS = 20;
const TURNS = 500;
/** The largest buffer that Node makes of its pool: two are most of it. */
const MOST_POOLED = Buffer.poolSize / 2 - 1;

/** Sends to all until the kernel takes no more for any of them. */
async function fill(clients: readonly Client[]): Promise<void> {
  const piece = "x".repeat(60_000);
  while (clients.some(({ waitingBytes }) => waitingBytes === 0)) {
    for (const client of clients) if (client.waitingBytes === 0) client.send(piece);
    await turn();
  }
}

function times(count: number, act: () => unknown): void {
  for (let n = 0; n < count; n++) act();
}

suite("what waits for a slow reader", () => {
  test("P7 is bounded in memory, however short the messages: no more is held than is counted", async (t) => {
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 2 ** 30 });
    const stalled: Client[] = [];
    for (let count = 0; count < READERS; count++) stalled.push((await meet({ paused: true })).client);
    await fill(stalled);
    const counted = (): number => stalled.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0);
    const ways = [
      { what: "one a turn", send: (client: Client) => client.send("hi") },
      { what: "twenty a turn", send: (client: Client) => times(20, () => client.send("hi")) },
      { what: "beside much for others", send: (client: Client) => client.send("hi"), others: MOST_POOLED },
    ];
    for (const { what, send, others = 0 } of ways) {
      const [usedBefore, countedBefore] = [usedBytes(), counted()];
      for (let count = 0; count < TURNS; count++) {
        for (const client of stalled) send(client);
        times(2, () => Buffer.allocUnsafe(others));
        await turn();
      }
      const held = usedBytes() - usedBefore;
      const told = counted() - countedBefore;
      t.diagnostic(`${what}: ${held} bytes are held, ${told} are counted`);
      assert.ok(held < told, `${what}: ${held} bytes are held, ${told} are counted`);
      assert.ok(told < 3 * held, `${what}: ${held} bytes are held, ${told} are counted`);
    }
    assert.equal(hub.clients.size, READERS);
  });
});
