import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { Client, HubOptions } from "./index.ts";
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

/** A hub with so many members in one room, of whom two are known. */
async function openHall(t: TestContext, options?: HubOptions) {
  const { hub, meet } = await openHub(t, options);
  const [one, other] = [await meet(), await meet()];
  for (const { client } of [one, other]) client.join("hall");
  for (let index = 2; index < MANY; index++) (await meet()).client.join("hall");
  await turn();
  return { hub, ...one, other };
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

  for (const [what, act] of [
    ["is sent something alone", (client: Client) => client.send("alone")],
    [
      "leaves and joins again",
      (client: Client) => {
        client.leave("hall");
        client.join("hall");
      },
    ],
  ] as const) {
    test(`rests on when one member ${what}, who hears what rests before, and once`, async (t) => {
      const { hub, raw, client, other } = await openHall(t, { maxWindowMs: 1_000 });
      hub.publish("hall", "0");
      await turn();
      const since = performance.now();
      const count = countWrites(client);
      const expected = ["0"];
      for (let index = 1; index <= 5; index++) {
        hub.publish("hall", `${index}`);
        act(other.client);
        hub.publish("hall", `${index} again`);
        await turn();
        expected.push(`${index}`, `${index} again`);
      }
      const { calls } = count;
      const hasRested = performance.now() - since >= new WriteCost(1_000).windowMs(MANY, 1) - 1;
      assert.ok(calls === 0 || hasRested, `${calls} writes to a member that was to hear it all later`);
      assert.deepEqual(await raw.take(expected.length), expected);
      const alone = expected.flatMap((text) =>
        what === "is sent something alone" && /^[1-9]\d*$/.test(text) ? [text, "alone"] : [text],
      );
      assert.deepEqual(await other.raw.take(alone.length), alone);
      hub.publish("hall", "end");
      assert.equal(await other.raw.next(), "end");
    });
  }

  test("tells for how long it rests, so that others can use that time", async (t) => {
    const { hub } = await openHall(t, { maxWindowMs: 1_000 });
    assert.deepEqual([hub.waitMs("hall"), hub.waitMs("no such room")], [0, 0]);
    const windowMs = new WriteCost(1_000).windowMs(MANY, 1);
    const since = performance.now();
    hub.publish("hall", "0");
    assert.equal(hub.waitMs("hall"), 0, "what is published in the same turn goes with it");
    await turn();
    const waitMs = hub.waitMs("hall");
    const elapsedMs = performance.now() - since;
    assert.ok(waitMs > 0 || elapsedMs > windowMs - 1, `${waitMs} ms after ${elapsedMs} of ${windowMs}`);
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
