import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { RedisServer } from "../../../../../test/support/redis.ts";
import type { Topic } from "../bus.ts";
import { busContract, eventually, listenTo, went } from "../contract.ts";
import { parseSlots, slotOf } from "./cluster.ts";
import { openRedisBus } from "./open.ts";
import type { RedisBus } from "./redis-bus.ts";

describe("The slots of a Redis cluster", () => {
  test("of a channel are those that the cluster's specification gives, and those of its braces", () => {
    assert.equal(slotOf("123456789"), 0x31c3);
    assert.equal(slotOf("foo"), 12_182);
    assert.equal(slotOf("{foo}.a"), slotOf("b{foo}"));
    assert.equal(slotOf("{foo"), slotOf("{{foo}"));
    assert.notEqual(slotOf("{}{foo}"), slotOf("foo"));
  });

  test("belong to the masters that are told, all of them or none", () => {
    const master = (port: number, name: unknown = "10.0.0.1"): unknown[] => [name, port, "id", []];
    assert.deepEqual(
      parseSlots([
        [0, 99, master(7000), master(7009)],
        [100, 16_382, master(7001, null), master(7009)],
        [16_383, 16_383, master(7000)],
      ]),
      [
        {
          host: "10.0.0.1",
          port: 7000,
          ranges: [
            [0, 99],
            [16_383, 16_383],
          ],
        },
        { host: "", port: 7001, ranges: [[100, 16_382]] },
      ],
    );
    assert.throws(() => parseSlots([[0, 16_382, master(7000)]]), /slots that no node serves/);
    for (const none of [null, "OK", [[0, 16_383]], [["0", "16383", master(7000)]], [null]]) {
      assert.throws(() => parseSlots(none), /not answered as it should be/, JSON.stringify(none));
    }
  });
});

describe("The bus over a Redis cluster", { skip: RedisServer.isMissing }, () => {
  let servers: RedisServer[];
  const opened: RedisBus[] = [];
  let namespaces = 0;

  before(async () => {
    servers = await RedisServer.startCluster(3);
  });
  afterEach(() => closeAll());
  after(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  async function open(
    namespace: string,
    onState?: (isUp: boolean, reason: string) => void,
  ): Promise<RedisBus> {
    const bus = await openRedisBus({ url: servers[0]!.url, namespace, ...(onState && { onState }) });
    opened.push(bus);
    return bus;
  }

  async function closeAll(): Promise<void> {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  }

  busContract("The bus over three masters", async () => {
    const namespace = `contract-${++namespaces}`;
    return { join: () => open(namespace), end: closeAll };
  });

  test("the server finds the same slots", async () => {
    for (const channel of ["natter:x:room:lobby", "natter:x:room:größe", "{a}b", "a{}b", "{{a}}"]) {
      assert.equal(await servers[0]!.ask("CLUSTER", "KEYSLOT", channel), `:${slotOf(channel)}\r\n`);
    }
  });

  test("all channels are sharded, and each is only where its slot is", async () => {
    const bus = await open("sharded");
    const topics = Array.from({ length: 30 }, (_, index): Topic => `room:r${index}`);
    for (const topic of topics) await bus.subscribe(topic, () => {});
    const counts = [];
    for (const server of servers) {
      assert.equal(await server.ask("PUBSUB", "CHANNELS"), "*0\r\n");
      const channels = await server.ask("PUBSUB", "SHARDCHANNELS", "natter:sharded:*");
      counts.push(Number(/^\*(\d+)/.exec(channels)?.[1]));
    }
    // Those of the rooms, of the node, and of signs of life.
    assert.equal(counts[0]! + counts[1]! + counts[2]!, 32);
    assert.ok(
      counts.every((count) => count > 0),
      `${counts}`,
    );
  });

  test("a slot that moves takes its channels along", async () => {
    const [a, b] = [await open("moved"), await open("moved")];
    const [from, to] = [servers[0]!, servers[2]!];
    const topic = topicOn("moved", (slot) => slot < 5_000);
    const ear = await listenTo(b, topic);
    const backs = new Set<RedisBus>();
    for (const bus of [a, b]) bus.listen({ back: () => backs.add(bus) });
    assert.equal(await a.publish(topic, went("1")), 1);
    const slot = `${slotOf(`natter:moved:${topic}`)}`;
    const id = (await to.ask("CLUSTER", "MYID")).split("\r\n")[1]!;
    for (const server of [to, from, servers[1]!]) await server.ask("CLUSTER", "SETSLOT", slot, "NODE", id);
    // One that only publishes finds out when it does.
    await eventually(
      () => {
        void a.publish(topic, went("2"));
        return backs.size === 2 && ear.hints.length > 1;
      },
      () => `both to be back, but ${backs.size}, and another hint than ${ear.hints.length}`,
    );
    assert.match(await to.ask("PUBSUB", "SHARDCHANNELS", `natter:moved:${topic}`), /^\*1/);
  });

  test("a master that is gone takes the bus down until it is there again, another than the one that was given", async () => {
    const told: string[] = [];
    const [a, b] = [await open("master"), await open("master", (isUp, why) => told.push(`${isUp} ${why}`))];
    const topic = topicOn("master", (slot) => slot > 6_000 && slot < 10_000);
    const ear = await listenTo(b, topic);
    await servers[1]!.kill();
    await eventually(
      () => !a.isUp && !b.isUp,
      () => "both to be down",
    );
    assert.equal(await a.publish(topic, went("lost")), 0);
    await servers[1]!.startAgain();
    await eventually(
      () => a.isUp && b.isUp,
      () => `both to be up: ${told}`,
    );
    assert.equal(await a.publish(topic, went("1")), 1);
    await ear.heard(1);
  });

  function topicOn(namespace: string, isRight: (slot: number) => boolean): Topic {
    for (let index = 0; ; index++) {
      const topic: Topic = `room:r${index}`;
      if (isRight(slotOf(`natter:${namespace}:${topic}`))) return topic;
    }
  }
});
