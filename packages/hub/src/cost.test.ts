// What a delivery costs, counted rather than timed: whatever is done for each member and each message shows here, on
// however slow a machine.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { getHeapStatistics } from "node:v8";
import * as ws from "ws";
import { openHub } from "./testing/hub.ts";

const { Sender } = ws as unknown as { Sender: { frame(): Buffer[] } };

const MEMBERS = 100;
const TURNS = 20;
const FEW = 4;
const MANY = 64;
/** An object or a closure has more. */
const MOST_BYTES = 24;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** All that was ever allocated on the heap, collected since or not; no Node before 26 tells. */
const allocatedBytes = (): number | undefined =>
  (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes;

suite("what a delivery costs", () => {
  test("a message is framed once, however many members get it", async (t) => {
    const { hub, meet } = await openHub(t);
    const people = [];
    for (let count = 0; count < 5; count++) people.push(await meet());
    for (const { client } of people) client.join("den");
    const frame = t.mock.method(Sender, "frame");
    for (let count = 0; count < 10; count++) hub.publish("den", `${count}`);
    hub.publish("den", "10", { except: people[0]!.client });
    hub.broadcast("11");
    for (const { raw } of people.slice(1)) assert.equal((await raw.take(12)).at(-1), "11");
    assert.equal(frame.mock.callCount(), 12);
  });

  const skip = allocatedBytes() === undefined && "this Node does not tell what was allocated";
  test(`a delivery allocates less than ${MOST_BYTES} bytes of its own`, { skip }, async (t) => {
    const { hub, meet } = await openHub(t);
    for (let count = 0; count < MEMBERS; count++) {
      // They take what comes without a look, for what they would allocate is not the hub's.
      const { client } = await meet({ paused: true });
      client.join("den");
    }
    const text = "x".repeat(50);
    const allocatedBy = async (messages: number): Promise<number> => {
      const before = allocatedBytes()!;
      for (let count = 0; count < TURNS; count++) {
        for (let message = 0; message < messages; message++) hub.publish("den", text);
        await turn();
      }
      return allocatedBytes()! - before;
    };
    await allocatedBy(MANY); // what is compiled and cached by now is not counted
    const few = await allocatedBy(FEW);
    const many = await allocatedBy(MANY);
    const each = (many - few) / (TURNS * MEMBERS * (MANY - FEW));
    assert.ok(each < MOST_BYTES, `${each.toFixed(1)} bytes for each message and member`);
    t.diagnostic(`${each.toFixed(1)} bytes for each message and member`);
  });
});
