import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { RawClient } from "../../../test/support/raw-client.ts";
import type { Client } from "./index.ts";
import { countWrites, openHub, turn, until } from "./testing/hub.ts";

suite("order within one turn of the event loop", () => {
  test("a client hears what was published to one room and sent to it alone in the order of the calls", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    for (const { client } of [one, two]) client.join("den");
    hub.publish("den", "1");
    one.client.send("2");
    hub.publish("den", "3");
    hub.publish("den", "4");
    two.client.send("5");
    one.client.send("6");
    hub.publish("den", "7");
    assert.deepEqual(await one.raw.take(6), ["1", "2", "3", "4", "6", "7"]);
    assert.deepEqual(await two.raw.take(5), ["1", "3", "4", "5", "7"]);
  });

  test("a broadcast and a send keep their order as well", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    client.send("1");
    hub.broadcast("2");
    client.send("3");
    hub.broadcast("4");
    assert.deepEqual(await raw.take(4), ["1", "2", "3", "4"]);
  });

  test("a newcomer does not hear what was published before it joined in the same turn", async (t) => {
    const { hub, meet } = await openHub(t);
    const [old, newcomer] = [await meet(), await meet()];
    old.client.join("den");
    hub.publish("den", "before");
    newcomer.client.join("den");
    hub.publish("den", "after");
    assert.deepEqual(await old.raw.take(2), ["before", "after"]);
    assert.equal(await newcomer.raw.next(), "after");
  });

  test("a leaver hears what was published before it left, and not what came after", async (t) => {
    const { hub, meet } = await openHub(t);
    const [stays, leaves] = [await meet(), await meet()];
    for (const { client } of [stays, leaves]) client.join("den");
    hub.publish("den", "before");
    leaves.client.leave("den");
    hub.publish("den", "after");
    leaves.client.send("marker");
    assert.deepEqual(await stays.raw.take(2), ["before", "after"]);
    assert.deepEqual(await leaves.raw.take(2), ["before", "marker"]);
  });

  test("leaving and joining again misses exactly what came in between", async (t) => {
    const { hub, meet } = await openHub(t);
    const [stays, hops] = [await meet(), await meet()];
    for (const { client } of [stays, hops]) client.join("den");
    hub.publish("den", "1");
    hops.client.leave("den");
    hub.publish("den", "2");
    hops.client.join("den");
    hub.publish("den", "3");
    assert.deepEqual(await stays.raw.take(3), ["1", "2", "3"]);
    assert.deepEqual(await hops.raw.take(2), ["1", "3"]);
  });

  test("the only member of a room leaves and joins again, and misses what nobody heard", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    client.join("den");
    hub.publish("den", "1");
    client.leave("den");
    hub.publish("den", "2");
    client.join("den");
    hub.publish("den", "3");
    assert.deepEqual(await raw.take(2), ["1", "3"]);
  });

  for (const pattern of ["aab", "aba", "baa", "aaa", "bab", "abba", "baab"]) {
    test(`the one left out of some messages hears exactly the others: ${pattern}`, async (t) => {
      const { hub, meet } = await openHub(t);
      const [a, b] = [await meet(), await meet()];
      const by = { a: a.client, b: b.client } as Record<string, Client>;
      [...pattern].forEach((name, index) => {
        hub.broadcast(`${index}${name}`, { except: by[name] });
      });
      hub.broadcast("end");
      for (const [name, { raw }] of Object.entries({ a, b })) {
        const expected = [...pattern]
          .map((from, index) => `${index}${from}`)
          .filter((text) => text[1] !== name);
        assert.deepEqual(await raw.take(expected.length + 1), [...expected, "end"]);
      }
    });
  }
});

suite("writes", () => {
  test("a member gets one write a turn, however many messages, rooms and senders", async (t) => {
    const { hub, meet } = await openHub(t);
    const members = [await meet(), await meet(), await meet()];
    for (const { client } of members) client.join("den");
    await turn();
    const counts = members.map(({ client }) => countWrites(client));
    for (let round = 0; round < 50; round++) {
      hub.publish("den", `den ${round}`, { except: members[round % 3]!.client });
      hub.broadcast(`all ${round}`);
      members[0]!.client.send(`alone ${round}`);
    }
    await turn();
    await turn();
    assert.deepEqual(
      counts.map(({ calls }) => calls),
      [1, 1, 1],
    );
    hub.broadcast("end");
    for (const [index, { raw }] of members.entries()) {
      const expected = index === 0 ? 150 - 17 : 100 - (index === 1 ? 17 : 16);
      assert.equal((await raw.take(expected)).length, expected);
      assert.equal(await raw.next(), "end");
    }
  });

  test("a turn is one of the event loop: what promises and ticks say in it shares the write", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    await turn();
    const count = countWrites(client);
    hub.broadcast("1");
    await Promise.resolve();
    hub.broadcast("2");
    await new Promise<void>((resolve) => process.nextTick(resolve));
    client.send("3");
    assert.equal(count.calls, 0);
    assert.deepEqual(await raw.take(3), ["1", "2", "3"]);
    assert.equal(count.calls, 1);
  });

  test("nobody is written to who has nothing to hear", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    await turn();
    const count = countWrites(one.client);
    hub.publish("den", "nobody is there");
    hub.broadcast("a", { except: one.client });
    two.client.send("b");
    assert.deepEqual(await two.raw.take(2), ["a", "b"]);
    assert.equal(count.calls, 0);
  });

  test("messages that were read in one turn go out in one write", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    hub.on("message", (client, text) => hub.broadcast(text, { except: client }));
    await turn();
    const count = countWrites(two.client);
    one.raw.socket.cork();
    for (let index = 0; index < 100; index++) one.raw.send(`${index}`);
    one.raw.socket.uncork();
    assert.equal((await two.raw.take(100)).at(-1), "99");
    // The kernel may hand over the 100 frames in more than one piece, but hardly.
    assert.ok(count.calls <= 3, `${count.calls} writes`);
  });
});

const SEED = Number(process.env.NATTER_SEED ?? 20260727);
const OPERATIONS = 4_000;
const CLIENTS = 20;
const ROOMS = ["den", "attic", "cellar"];

/** mulberry32: small, and the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

suite("a model", () => {
  test(`${CLIENTS} clients hear what a simple model says, over ${OPERATIONS} operations, seed ${SEED}`, async (t) => {
    const { hub, meet } = await openHub(t);
    const below = random(SEED);
    const people: { raw: RawClient; client: Client; rooms: Set<string>; expected: string[] }[] = [];
    for (let count = 0; count < CLIENTS; count++) {
      people.push({ ...(await meet()), rooms: new Set(), expected: [] });
    }
    const anyone = () => people[below(CLIENTS)]!;

    for (let step = 0; step < OPERATIONS; step++) {
      const who = anyone();
      const room = ROOMS[below(ROOMS.length)]!;
      // A message names its room, for between two rooms there is no order.
      const size = below(40) === 0 ? 70_000 : below(300);
      const text = (name: string): string => `${name}:${step}:${"x".repeat(size)}`;
      const except = below(2) === 0 ? anyone() : undefined;
      switch (below(8)) {
        case 0:
          who.client.join(room);
          who.rooms.add(room);
          break;
        case 1:
          who.client.leave(room);
          who.rooms.delete(room);
          break;
        case 2:
          who.client.send(text("alone"));
          who.expected.push(text("alone"));
          break;
        case 3:
          hub.broadcast(text("all"), except && { except: except.client });
          for (const person of people) if (person !== except) person.expected.push(text("all"));
          break;
        case 4:
          await turn();
          break;
        default:
          hub.publish(room, text(room), except && { except: except.client });
          for (const person of people) {
            if (person !== except && person.rooms.has(room)) person.expected.push(text(room));
          }
      }
    }

    // Whatever was published before comes before what is sent to one alone.
    for (const { client } of people) client.send("alone:end");
    for (const person of people) {
      const heard = await person.raw.take(person.expected.length + 1);
      assert.equal(heard.pop(), "alone:end", "nothing more than the model says");
      assert.deepEqual(heard.toSorted(), person.expected.toSorted(), "the same messages");
      for (const place of [...ROOMS, "all"]) {
        const here = (text: string): boolean => text.startsWith(`${place}:`) || text.startsWith("alone:");
        const short = (text: string): string => text.slice(0, 20);
        assert.deepEqual(heard.filter(here).map(short), person.expected.filter(here).map(short), place);
      }
    }
  });

  test("a message that is said while a backlog drains waits its turn and is whole", async (t) => {
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 64 * 1024 * 1024 });
    const { raw, client } = await meet({ paused: true });
    const parts = Array.from({ length: 40 }, (_, index) => `${index}:${"y".repeat(500_000)}`);
    for (const part of parts) {
      hub.broadcast(part);
      await turn();
    }
    assert.ok(client.waitingBytes > 0, "the kernel is full");
    client.send("and this");
    raw.socket.resume();
    const heard = await raw.take(parts.length + 1);
    assert.deepEqual(
      heard.map((text) => text.length),
      [...parts, "and this"].map((text) => text.length),
    );
    await until(() => client.waitingBytes === 0, "the backlog to drain");
  });
});
