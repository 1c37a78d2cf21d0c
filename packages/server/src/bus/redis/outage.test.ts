import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { RedisServer } from "../../../../../test/support/redis.ts";
import { LEASE_MS, type Topic } from "../bus.ts";
import { eventually, listenTo, went } from "../contract.ts";
import { parseRedisUrl } from "./address.ts";
import { TICK_MS } from "./link.ts";
import { RedisBus } from "./redis-bus.ts";

const skip = RedisServer.isMissing;
/** Leases pass so many times as fast as for real. */
const FAST = 4;

/** A node with what it was told, oldest first: `up`, `down: why`, `cut`, `back`, `back: who`, `gone: who`. */
type Node = { readonly bus: RedisBus; readonly told: string[] };

describe("The bus over a Redis that fails", { skip }, () => {
  let redis: RedisServer;
  const opened: RedisBus[] = [];

  before(async () => {
    redis = await RedisServer.start();
  });
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
  after(() => redis[Symbol.asyncDispose]());

  async function open(namespace: string, faster = 1, url = redis.url): Promise<Node> {
    const told: string[] = [];
    const onState = (isUp: boolean, reason: string): void => void told.push(isUp ? "up" : `down: ${reason}`);
    const address = parseRedisUrl(url);
    const bus = await RedisBus.open({ address, namespace, onState, tickMs: TICK_MS / faster });
    bus.listen({
      gone: (node) => told.push(`gone: ${node}`),
      down: () => told.push("cut"),
      back: (node) => told.push(node === undefined ? "back" : `back: ${node}`),
    });
    opened.push(bus);
    return { bus, told };
  }

  async function untilTold({ told }: Node, what: RegExp, times = 1): Promise<void> {
    await eventually(
      () => told.filter((line) => what.test(line)).length >= times,
      () => `${what}, told only ${told}`,
    );
  }

  test("killed for longer than a lease: nobody is given up, and all topics are heard again before it says so", async () => {
    const [a, b] = [await open("killed", FAST), await open("killed", FAST)];
    const topics = Array.from({ length: 10_000 }, (_, index): Topic => `room:r${index}`);
    const heard = new Set<Topic>();
    const listen = (topic: Topic): Promise<() => void> => b.bus.subscribe(topic, () => heard.add(topic));
    const [, unsubscribe] = await Promise.all(topics.map(listen));
    const atA = await listenTo(a.bus, "room:r0");
    await b.bus.publish("room:r0", went("known"));
    await atA.heard(1);

    await redis.kill();
    for (const node of [a, b]) await untilTold(node, /^down: ./);
    assert.deepEqual([a.bus.isUp, b.bus.isUp], [false, false]);
    assert.equal(await a.bus.publish("room:r1", went("lost")), 0);
    await listen("room:late");
    unsubscribe!();
    await pause((1.5 * LEASE_MS) / FAST);
    const channels = Promise.withResolvers<string>();
    b.bus.listen({
      gone: (node) => b.told.push(`gone: ${node}`),
      back: (node) => {
        if (node !== undefined) return;
        b.told.push("back");
        redis.ask("PUBSUB", "CHANNELS", "natter:killed:room:*").then(channels.resolve, channels.reject);
      },
    });
    await redis.startAgain();
    for (const node of [a, b]) await untilTold(node, /^back$/);

    assert.match(await channels.promise, /^\*10000\r\n/);
    assert.deepEqual([a.bus.isUp, b.bus.isUp], [true, true]);
    assert.equal(await a.bus.publish("room:r1", went("nobody")), 0);
    const wanted: Topic[] = ["room:late", ...topics.slice(2).filter((_, index) => index % 20 === 0)];
    await Promise.all(wanted.map((topic) => a.bus.publish(topic, went(topic))));
    await eventually(
      () => heard.size === wanted.length,
      () => `${wanted.length} topics, but ${heard.size}`,
    );
    assert.equal(heard.has("room:r1"), false);
    for (const { told } of [a, b]) assert.doesNotMatch(told.join(), /gone/);
  });

  test("a node that says nothing any more has a whole lease once it is up again, and then is gone", async () => {
    const a = await open("died", FAST);
    await redis.ask("PUBLISH", "natter:died:nodes", '"ghost beat"');
    await pause((0.75 * LEASE_MS) / FAST);
    await redis.kill();
    await untilTold(a, /^down: ./);
    await redis.startAgain();
    await untilTold(a, /^back$/);
    const since = performance.now();
    await untilTold(a, /^gone: ghost$/);
    const silentMs = performance.now() - since;
    assert.ok(silentMs > (0.6 * LEASE_MS) / FAST, `gone after ${silentMs} ms`);
  });

  test("FLUSHALL changes nothing, for nothing is stored", async () => {
    const [a, b] = [await open("flushed"), await open("flushed")];
    const ear = await listenTo(b.bus, "room:lobby");
    await a.bus.publish("room:lobby", went("1"));
    assert.equal(await redis.ask("DBSIZE"), ":0\r\n");
    await redis.ask("FLUSHALL");
    await a.bus.publish("room:lobby", went("2"));
    await ear.heard(2);
    assert.deepEqual([a.told, b.told], [["up"], ["up"]]);
  });

  test("all connections killed: it says so, is up again at once, and tells whoever was so before", async () => {
    const [a, b] = [await open("cut"), await open("cut")];
    const ear = await listenTo(b.bus, "room:lobby");
    await redis.ask("CLIENT", "KILL", "TYPE", "pubsub");
    for (const node of [a, b]) await untilTold(node, /^back$/);
    assert.equal(await a.bus.publish("room:lobby", went("1")), 1);
    await ear.heard(1);
    const isOfOther = (line: string): boolean => line.startsWith("back: ");
    for (const { told } of [a, b]) {
      assert.match(told.filter((line) => !isOfOther(line)).join(), /^up,down: .*,cut,up,back$/);
    }
    await eventually(
      () => a.told.includes(`back: ${b.bus.node}`) || b.told.includes(`back: ${a.bus.node}`),
      () => `that one was told of the other, but ${a.told} and ${b.told}`,
    );
  });

  test("paused: it counts as down, no promise hangs, and no more waits than is bounded", async () => {
    const [a, b] = [await open("paused"), await open("paused")];
    const ear = await listenTo(b.bus, "room:lobby");
    redis.pause();
    try {
      const long = went("x".repeat(1_000_000));
      const waiting = Array.from({ length: 40 }, () => a.bus.publish("room:lobby", long));
      const subscribing = a.bus.subscribe("room:other", () => {});
      for (const node of [a, b]) await untilTold(node, /^down: Redis does not answer/);
      assert.deepEqual(new Set(await Promise.all(waiting)), new Set([0]));
      assert.equal(a.bus.dropped, 24);
      await subscribing;
      assert.equal(await a.bus.publish("room:lobby", long), 0);
      await a.bus.subscribe("room:another", () => {});
    } finally {
      redis.resume();
    }
    for (const node of [a, b]) await untilTold(node, /^back$/);
    // Some of the long ones may have been on their way already.
    assert.equal(await a.bus.publish("room:lobby", went("last")), 1);
    await eventually(
      () => JSON.stringify(ear.hints.at(-1)) === JSON.stringify(went("last")),
      () => `the last hint, of ${ear.hints.length}`,
    );
    assert.equal(await b.bus.publish("room:another", went("1")), 1);
  });

  test("not there at first: natter starts without it, and hears of it when it comes", async () => {
    await redis.kill();
    const [a, b] = [await open("late"), await open("late")];
    assert.equal(a.bus.isUp, false);
    assert.match(a.told.join(), /^down: connect ECONNREFUSED/);
    assert.equal(await a.bus.publish("room:lobby", went("lost")), 0);
    const ear = await listenTo(b.bus, "room:lobby");
    await redis.startAgain();
    for (const node of [a, b]) await untilTold(node, /^back$/);
    assert.equal(await a.bus.publish("room:lobby", went("1")), 1);
    await ear.heard(1);
  });

  test("a node closes at once, be Redis up, paused or not there", async () => {
    const times: number[] = [];
    const close = async ({ bus }: Node): Promise<void> => {
      const since = performance.now();
      await bus.close();
      times.push(performance.now() - since);
    };
    const [a, b, c] = [await open("closing"), await open("closing"), await open("closing")];
    await close(a);
    redis.pause();
    await close(b);
    redis.resume();
    await redis.kill();
    await untilTold(c, /^down/);
    await close(c);
    await redis.startAgain();
    for (const ms of times) assert.ok(ms < 3_000, `${times}`);
    assert.deepEqual(
      [a, b, c].map(({ bus }) => bus.isUp),
      [false, false, false],
    );
  });
});
