import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { HubOptions } from "./index.ts";
import { countWrites, openHub, turn } from "./testing/hub.ts";
import { WriteCost } from "./window.ts";

suite("the window in which a room waits for company", () => {
  test("grows with the members that a write costs, and shrinks with the messages that share it", () => {
    const cost = new WriteCost(1_000);
    assert.ok(cost.windowMs(4, 1) < 1, "a few members are written to at once");
    assert.equal(cost.windowMs(400, 1), 2 * cost.windowMs(200, 1));
    assert.equal(cost.windowMs(200, 10), cost.windowMs(200, 1) / 10);
  });

  test("follows what writes cost on this machine", () => {
    const cost = new WriteCost(1_000);
    const guessed = cost.windowMs(200, 1);
    for (let turns = 0; turns < 200; turns++) cost.measured(200, 200 * 0.05);
    assert.ok(cost.windowMs(200, 1) > 5 * guessed);
    for (let turns = 0; turns < 200; turns++) cost.measured(1, 1_000);
    assert.ok(cost.windowMs(200, 1) < 20 * guessed, "a turn with one write tells nothing");
  });

  test("is never longer than maxWindowMs, and 0 is none", () => {
    assert.equal(new WriteCost(10).windowMs(1_000_000, 1), 10);
    assert.equal(new WriteCost(0).windowMs(1_000_000, 1), 0);
  });
});

const MANY = 300;

/** A hub with so many members in one room. */
async function openHall(t: TestContext, options?: HubOptions) {
  const { hub, meet } = await openHub(t, options);
  const { raw, client } = await meet();
  client.join("hall");
  for (let index = 1; index < MANY; index++) (await meet()).client.join("hall");
  await turn();
  return { hub, raw, client };
}

suite("a room of many members", () => {
  test("hears the first message at once, and those that come while it rests in a few writes, in order", async (t) => {
    const { hub, raw, client } = await openHall(t);
    const count = countWrites(client);
    hub.publish("hall", "0");
    await turn();
    assert.equal(count.calls, 1, "nobody waits for company who comes first");
    const since = performance.now();
    for (let index = 1; index < 40; index++) {
      hub.publish("hall", `${index}`);
      await turn();
    }
    const elapsedMs = performance.now() - since;
    assert.deepEqual(
      await raw.take(40),
      Array.from({ length: 40 }, (_, index) => `${index}`),
    );
    // They came within a millisecond or two, and rest for longer; a machine that stalls in between makes more writes.
    assert.ok(count.calls <= 10 + elapsedMs, `${count.calls} writes for 40 messages in ${elapsedMs} ms`);
  });

  test("hears what rests before what is sent to one member alone, and before the close frame", async (t) => {
    const { hub, raw, client } = await openHall(t);
    for (const text of ["first", "rests"]) {
      hub.publish("hall", text);
      await turn();
    }
    client.send("alone");
    assert.deepEqual(await raw.take(3), ["first", "rests", "alone"]);
    for (const text of ["again", "rests as well"]) {
      hub.publish("hall", text);
      await turn();
    }
    await hub.close();
    assert.deepEqual(await raw.take(2), ["again", "rests as well"]);
  });

  test("with maxWindowMs 0 never rests", async (t) => {
    const { hub, client } = await openHall(t, { maxWindowMs: 0 });
    const count = countWrites(client);
    for (let index = 0; index < 10; index++) {
      hub.publish("hall", `${index}`);
      await turn();
    }
    assert.equal(count.calls, 10);
  });
});
