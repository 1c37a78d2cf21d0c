import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  enter,
  type Heard,
  newRoom,
  newSession,
  type Peer,
  plain,
  type Target,
} from "../conformance/peer.ts";
import { Cluster } from "./support/cluster.ts";

/** How long people of a node that died may be seen (docs/cluster.md), and what a busy machine adds to it, in ms. */
const GONE_MS = 10_000;
const LATE_MS = 5_000;

describe("people on three nodes", { skip: Cluster.isMissing }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start();
  });
  after(() => cluster[Symbol.asyncDispose]());

  const at = (node: number): Target => ({ host: "127.0.0.1", port: cluster.nodes[node]!.home.wsPort });
  const brings = (id: string) => (frame: Heard) => frame.joined?.some((person) => person.id === id) === true;
  const takes = (id: string) => (frame: Heard) => frame.left?.includes(id) === true;
  const ids = ({ list = [] }: { list?: { id: string }[] }): string[] => list.map(({ id }) => id).sort();

  it("T1 T3 see each other on any node, and are there once however many nodes they are on", async () => {
    const [room, session] = [newRoom(), newSession()];
    const ada = await enter(at(0), room, { session });
    const other = await enter(at(1), room, { session });
    assert.deepEqual(ids(other.joined.people), [ada.id]);
    const bob = await enter(at(2), room, { name: "Bob" });
    assert.deepEqual(ids(bob.joined.people), [ada.id, bob.id].sort());
    await ada.presence(brings(bob.id));
    // Ada goes on one node and stays on the other; then on both.
    ada.say({ type: "leave", room });
    await ada.hear("left");
    const eve = await enter(at(0), room, { name: "Eve" });
    assert.deepEqual(ids(eve.joined.people), [ada.id, bob.id, eve.id].sort());
    other.say({ type: "leave", room });
    await eve.presence(takes(ada.id));
    await bob.presence(takes(ada.id));
  });

  it("B1 B2 plain clients of all nodes have numbers of their own, and hear each other come, speak and go", async () => {
    const room = newRoom();
    const watcher = await enter(at(0), room);
    /** Comes in, and is there for everybody. */
    const guest = async (node: number) => {
      const client = await plain(at(node), `/${room}`);
      const { joined } = await watcher.presence((frame) => frame.joined?.some(({ plain }) => plain) === true);
      return { client, number: joined![0]!.name };
    };
    const first = await guest(0);
    const second = await guest(1);
    const third = await guest(2);
    assert.equal(new Set([first, second, third].map(({ number }) => number)).size, 3);
    const hears = async ({ client }: typeof first, ...lines: string[]): Promise<void> => {
      assert.deepEqual(await client.take(lines.length), lines);
    };
    third.client.send("hi");
    await watcher.hear("event");
    await third.client.leave();
    const [two, three] = [second.number, third.number];
    const ofThird = [`New client (${three}) connected`, `Client (${three}) : hi`, `Client (${three}) left`];
    await hears(first, `New client (${two}) connected`, ...ofThird);
    await hears(second, ...ofThird);
  });

  it("D3 N5 T5 are told on every node what they have read and what they are called, and the others who types", async () => {
    const [room, session] = [newRoom(), newSession()];
    const here = await enter(at(0), room, { session });
    const there = await enter(at(1), room, { session });
    const bob = await enter(at(2), room, { name: "Bob" });
    bob.say({ type: "send", room, id: "1", text: "hi" });
    for (const peer of [here, there, bob]) assert.equal((await peer.hear("event")).seq, 1);
    here.say({ type: "read", room, seq: 1 });
    for (const peer of [here, there]) assert.equal((await peer.hear("read")).seq, 1);
    there.say({ type: "rename", name: "Ada L" });
    for (const peer of [here, there]) assert.equal((await peer.hear("renamed")).you.name, "Ada L");
    await bob.presence((frame) => frame.joined?.some(({ name }) => name === "Ada L") === true);
    bob.say({ type: "typing", room });
    for (const peer of [here, there]) assert.equal((await peer.hear("typing")).from.id, bob.id);
  });

  it("T7 are told that others cannot be seen while Redis is away, and see all of them again when it is back", async () => {
    const room = newRoom();
    const ada = await enter(at(0), room);
    const bob = await enter(at(1), room, { name: "Bob" });
    await ada.presence(brings(bob.id));
    await cluster.redis.kill();
    for (const peer of [ada, bob]) await peer.presence(({ partial }) => partial === true);
    const eve = await enter(at(2), room, { name: "Eve" });
    assert.deepEqual(eve.joined.people, { count: 1, list: [{ id: eve.id, name: "Eve" }], partial: true });
    const ready = await fetch(`http://127.0.0.1:${cluster.nodes[0]!.home.port}/readyz`);
    assert.equal(ready.status, 200);
    assert.match(await ready.text(), /^ready\. The bus is down/);
    // What is said comes all the same, and is found within two seconds.
    const since = performance.now();
    ada.say({ type: "send", room, id: "1", text: "hi" });
    assert.equal((await bob.hear("event")).seq, 1);
    assert.ok(performance.now() - since < 2_000 + LATE_MS);
    await cluster.redis.startAgain();
    for (const peer of [ada, bob, eve]) await sees(peer, [ada.id, bob.id, eve.id]);
  });

  it("T1 are gone within 10 s where their node is killed, unless they came back on another", async () => {
    const [room, session] = [newRoom(), newSession()];
    const watcher = await enter(at(0), room);
    const lost = await enter(at(1), room, { name: "Lost" });
    const mover = await enter(at(1), room, { name: "Mover", session });
    await watcher.presence(brings(mover.id));
    const since = performance.now();
    await cluster.nodes[1]!.home.kill();
    const moved = await enter(at(2), room, { name: "Mover", session });
    await watcher.presence(takes(lost.id), GONE_MS + LATE_MS);
    const goneMs = performance.now() - since;
    assert.ok(goneMs < GONE_MS + LATE_MS, `gone after ${goneMs} ms`);
    const { people } = (await enter(at(0), room, { name: "Eve" })).joined;
    assert.ok(ids(people).includes(moved.id));
    await cluster.nodes[1]!.home.start();
  });
});

/** Waits until what the peer is told comes to exactly these people, and to all who are there. */
async function sees(peer: Peer, people: readonly string[]): Promise<void> {
  const there = new Set<string>();
  const isWhole = ({ list, joined = [], left = [], partial }: Heard): boolean => {
    if (list !== undefined) there.clear();
    for (const { id } of [...(list ?? []), ...joined]) there.add(id);
    for (const id of left) there.delete(id);
    return partial === undefined && [...there].sort().join() === [...people].sort().join();
  };
  await peer.presence(isWhole, 15_000);
}
