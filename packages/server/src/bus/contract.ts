import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { StoredEvent } from "../store/store.ts";
import { type Bus, type Hint, LEASE_MS, type Topic } from "./bus.ts";

/** What a suite needs: nodes that can hear one another, and an end for what they left. */
export interface OpenedNetwork {
  /** A further node; it is up. */
  join(): Promise<Bus>;
  end(): Promise<void>;
}

const PATIENCE_MS = 30_000;

/** What one node heard on a topic, oldest first. */
export type Ear = {
  readonly hints: Hint[];
  readonly nodes: string[];
  /** So many, or more. */
  heard(count: number): Promise<void>;
  end(): void;
};

export async function listenTo(bus: Bus, topic: Topic): Promise<Ear> {
  const ear = { hints: [] as Hint[], nodes: [] as string[] };
  const end = await bus.subscribe(topic, (hint, node) => {
    ear.hints.push(hint);
    ear.nodes.push(node);
  });
  const heard = (count: number): Promise<void> =>
    eventually(
      () => ear.hints.length >= count,
      () => `${count} hints on ${topic}, but ${ear.hints.length}`,
    );
  return { ...ear, heard, end };
}

export async function eventually(
  isSo: () => boolean,
  what: () => string,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const since = performance.now();
  while (!isSo()) {
    if (performance.now() - since > withinMs) assert.fail(`not within ${withinMs} ms: ${what()}`);
    await pause(5);
  }
}

export function went(person: string): Hint {
  return { type: "went", person, n: 0 };
}

export function events(room: string, ...texts: string[]): Hint {
  const event = (text: string, index: number): StoredEvent => ({
    ...{ room, seq: index + 1, kind: "message", id: `m${index}`, at: 1_700_000_000_000 },
    ...{ from: { id: "ada", name: "Ada" }, text },
  });
  return { type: "events", events: texts.map(event) };
}

/** One of each type. */
export const ALL_HINTS: readonly Hint[] = [
  events("lobby", "", "a\u0000b", "😀 é ﷽", '"quoted" \\ and\nbroken', "{} null"),
  { type: "came", person: { id: "ada", name: "Ada ß" }, n: 1 },
  { type: "came", person: { id: "p1", name: "1", plain: true }, n: 2 },
  { type: "went", person: "ada", n: Number.MAX_SAFE_INTEGER },
  { type: "people", room: "lobby", people: [{ id: "ada", name: "Ada" }], n: 3, ask: true },
  { type: "people", room: "lobby", people: [], n: 0, ask: false },
  { type: "typing", from: { id: "ada", name: "Ada" } },
  { type: "read", room: "lobby", seq: 7, unread: 0 },
  { type: "renamed", name: "Ada 2" },
];

/** What every bus must do, within a process or between machines. Hints are at most once: here none is lost. */
export function busContract(name: string, open: () => Promise<OpenedNetwork>): void {
  describe(`${name} keeps the contract of a bus`, () => {
    let network: OpenedNetwork;
    let a: Bus;
    let b: Bus;
    let c: Bus;

    beforeEach(async () => {
      network = await open();
      a = await network.join();
      b = await network.join();
      c = await network.join();
    });
    afterEach(() => network.end());

    test("each node has a name of its own and is up", () => {
      assert.equal(new Set([a.node, b.node, c.node]).size, 3);
      assert.deepEqual([a.isUp, b.isUp, c.isUp], [true, true, true]);
    });

    test("every kind of hint comes as it was published, with the name of its node", async () => {
      const ear = await listenTo(b, "room:lobby");
      for (const hint of ALL_HINTS) await a.publish("room:lobby", hint);
      await ear.heard(ALL_HINTS.length);
      assert.deepEqual(ear.hints, ALL_HINTS);
      assert.deepEqual(new Set(ear.nodes), new Set([a.node]));
    });

    test("all nodes that subscribed hear a hint, but never the one that published it", async () => {
      const [atA, atB, atC] = [
        await listenTo(a, "room:lobby"),
        await listenTo(b, "room:lobby"),
        await listenTo(c, "room:lobby"),
      ];
      await a.publish("room:lobby", went("1"));
      await Promise.all([atB.heard(1), atC.heard(1)]);
      // What is published later comes later: had a node heard itself, it would know by now.
      await b.publish("room:lobby", went("2"));
      await atA.heard(1);
      await a.publish("room:lobby", went("3"));
      await atB.heard(2);
      assert.deepEqual(
        [atA, atB, atC].map(({ hints }) => hints.slice(0, 2)),
        [[went("2")], [went("1"), went("3")], [went("1"), went("2")]],
      );
    });

    test("a node hears the topics it subscribed to and no others", async () => {
      const topics: Topic[] = ["room:lobby", "room:lobby2", "person:lobby", `node:${b.node}`];
      const ears = await Promise.all(topics.map((topic) => listenTo(b, topic)));
      await a.publish("room:lob", went("nobody"));
      await a.publish("room:lobby3", went("nobody"));
      for (const topic of topics) await a.publish(topic, went(topic));
      await Promise.all(ears.map((ear) => ear.heard(1)));
      assert.deepEqual(
        ears.map(({ hints }) => hints),
        topics.map((topic) => [went(topic)]),
      );
    });

    test("a publish tells how many other nodes it reached, whether this one is subscribed or not", async () => {
      const publish = (): Promise<number> => a.publish("room:lobby", went("x"));
      assert.equal(await publish(), 0);
      const atA = await listenTo(a, "room:lobby");
      assert.equal(await publish(), 0);
      const [atB, again] = [await listenTo(b, "room:lobby"), await listenTo(b, "room:lobby")];
      assert.equal(await publish(), 1);
      await listenTo(c, "room:lobby");
      assert.equal(await publish(), 2);
      atA.end();
      assert.equal(await publish(), 2);
      again.end();
      assert.equal(await publish(), 2);
      atB.end();
      await eventuallyIs(1, publish, "nodes reached");
    });

    test("hints of one node on one topic come in their order, published without waiting", async () => {
      const ears = [await listenTo(b, "room:lobby"), await listenTo(c, "room:lobby")];
      const sent = Array.from({ length: 500 }, (_, index) => went(`${index}`));
      await Promise.all(sent.map((hint) => a.publish("room:lobby", hint)));
      for (const ear of ears) {
        await ear.heard(sent.length);
        assert.deepEqual(ear.hints, sent);
      }
    });

    test("several listeners of a node hear each hint once each, until they unsubscribe", async () => {
      const [first, second] = [await listenTo(b, "room:lobby"), await listenTo(b, "room:lobby")];
      await a.publish("room:lobby", went("1"));
      await Promise.all([first.heard(1), second.heard(1)]);
      first.end();
      first.end();
      await a.publish("room:lobby", went("2"));
      await second.heard(2);
      second.end();
      const third = await listenTo(b, "room:lobby");
      await a.publish("room:lobby", went("3"));
      await third.heard(1);
      assert.deepEqual(
        [first, second, third].map(({ hints }) => hints),
        [[went("1")], [went("1"), went("2")], [went("3")]],
      );
    });

    test("whoever subscribes again at once hears again", async () => {
      let ear = await listenTo(b, "room:lobby");
      for (let times = 0; times < 50; times++) {
        ear.end();
        ear = await listenTo(b, "room:lobby");
      }
      assert.equal(await a.publish("room:lobby", went("1")), 1);
      await ear.heard(1);
    });

    test("a listener may unsubscribe itself and subscribe others from within", async () => {
      const heard: string[] = [];
      const end = await b.subscribe("room:lobby", () => {
        end();
        heard.push("first");
        void b.subscribe("room:lobby", () => heard.push("second"));
      });
      await a.publish("room:lobby", went("1"));
      await eventually(
        () => heard.length > 0,
        () => "the first",
      );
      await eventuallyIs(1, () => a.publish("room:lobby", went("2")), "nodes reached");
      await eventually(
        () => heard.includes("second"),
        () => "the second",
      );
      assert.equal(heard.filter((name) => name === "first").length, 1);
    });

    test("thousands of topics are told apart", async () => {
      const names = Array.from({ length: 3000 }, (_, index): Topic => `room:r${index}`);
      const heard = new Map<Topic, Hint>();
      await Promise.all(names.map((topic) => b.subscribe(topic, (hint) => heard.set(topic, hint))));
      const reached = await Promise.all(names.map((topic) => a.publish(topic, went(topic))));
      assert.deepEqual(new Set(reached), new Set([1]));
      await eventually(
        () => heard.size === names.length,
        () => `${names.length} topics, but ${heard.size}`,
      );
      for (const [topic, hint] of heard) assert.deepEqual(hint, went(topic));
    });

    test("a hint of a megabyte comes whole", async () => {
      const ear = await listenTo(b, "room:lobby");
      const large = events("lobby", ..."äbcdefghijklmnop".split("").map((char) => char.repeat(65_536)));
      await a.publish("room:lobby", large);
      await ear.heard(1);
      assert.deepEqual(ear.hints, [large]);
    });

    test("the others are told that a node is gone once it closes, and it hears and tells nothing any more", async () => {
      const gone: string[] = [];
      for (const bus of [a, c]) bus.listen({ gone: (node) => gone.push(node) });
      const [atA, atB, atC] = [
        await listenTo(a, "room:lobby"),
        await listenTo(b, "room:lobby"),
        await listenTo(c, "room:lobby"),
      ];
      // Whoever heard of it has to be told.
      await b.publish("room:lobby", went("1"));
      await Promise.all([atA.heard(1), atC.heard(1)]);
      atC.end();
      await b.close();
      await eventually(
        () => gone.length === 2,
        () => `two to be told, but ${gone.length}`,
        LEASE_MS / 2, // it says so itself: nobody has to find out
      );
      assert.deepEqual(gone, [b.node, b.node]);
      assert.equal(await b.publish("room:lobby", went("2")), 0);
      await eventuallyIs(0, () => a.publish("room:lobby", went("3")), "nodes reached");
      const late = await listenTo(b, "room:lobby");
      assert.equal(await a.publish("room:lobby", went("4")), 0);
      late.end();
      atB.end();
      await b.close();
      assert.deepEqual([atA.hints, atB.hints, late.hints], [[went("1")], [], []]);
    });
  });
}

async function eventuallyIs(
  wanted: number,
  look: () => Promise<number>,
  what: string,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const since = performance.now();
  for (let found = await look(); found !== wanted; found = await look()) {
    if (performance.now() - since > withinMs) assert.fail(`${what}: ${found}, not ${wanted}`);
    await pause(5);
  }
}
