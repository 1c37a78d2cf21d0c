import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Bus } from "../bus/bus.ts";
import { MemoryNetwork } from "../bus/memory.ts";
import type { Channels, Connection } from "../ports.ts";
import { FakeClock } from "../simulation/fake-clock.ts";
import { Presence } from "./presence.ts";
import type { RoomPresence } from "./room-presence.ts";

const ADA = { id: "ada", name: "Ada" };
const A_WHILE_MS = 5_000;

/** A node, as far as it tells who is where. */
class Node {
  readonly bus: Bus;
  readonly presence: Presence;
  readonly #ends = new Map<string, () => void>();

  /** What clients were told, as frames. */
  readonly told: string[] = [];

  constructor(bus: Bus, clock: FakeClock) {
    this.bus = bus;
    const channels: Channels = {
      publish: (channel, text) => {
        if (channel.startsWith("v1:")) this.told.push(text());
      },
      waitMs: () => 0,
    };
    this.presence = new Presence({ bus, clock, channels, print: () => {} });
  }

  async open(room: string): Promise<RoomPresence> {
    const hear = (...[hint, node]: Parameters<Parameters<Bus["subscribe"]>[1]>): void => {
      if (hint.type === "came" || hint.type === "went" || hint.type === "people") {
        this.presence.hear(room, hint, node);
      }
    };
    this.#ends.set(room, await this.bus.subscribe(`room:${room}`, hear));
    return await this.presence.open(room);
  }

  close(room: string): void {
    this.#ends.get(room)!();
    this.presence.close(room);
  }
}

describe("who is in a room on several nodes", () => {
  let clock: FakeClock;
  let network: MemoryNetwork;
  let [a, b]: Node[] = [];
  const connection = { id: 1 } as Connection;

  beforeEach(() => {
    clock = new FakeClock();
    network = new MemoryNetwork((deliver) => void clock.after(5, deliver));
    [a, b] = [new Node(network.join(), clock), new Node(network.join(), clock)];
  });

  async function open(node: Node, room = "lobby"): Promise<RoomPresence> {
    const opening = node.open(room);
    await clock.pass(1_000);
    return await opening;
  }

  const isThere = (room: RoomPresence): boolean => room.people().list!.some(({ id }) => id === ADA.id);

  for (const [what, cut] of [
    ["the bus was down", [0, 1]],
    ["their own node was cut off, which the others did not notice", [1]],
  ] as const) {
    it(`T7 nobody is kept who left while ${what}, where their node has closed the room since`, async () => {
      const here = await open(a!);
      const there = await open(b!);
      there.enter(ADA, connection);
      await clock.pass(A_WHILE_MS);
      assert.equal(isThere(here), true);
      const names = cut.map((index) => [a!, b!][index]!.bus.node);
      for (const name of names) network.cut(name);
      there.exit(ADA, connection, true);
      b!.close("lobby");
      await clock.pass(A_WHILE_MS);
      for (const name of names) network.mend(name);
      await clock.pass(A_WHILE_MS);
      assert.equal(isThere(here), false);
    });
  }

  it("T7 of many rooms a node that is back tells some after the other, each when those before are told", async () => {
    const waiting: (() => void)[] = [];
    const slow: Bus = Object.assign(Object.create(a!.bus), {
      publish: () => new Promise<number>((resolve) => waiting.push(() => resolve(0))),
    });
    const node = new Node(slow, clock);
    const opening = Array.from({ length: 1_200 }, (_, index) => node.open(`r${index}`));
    await clock.pass(1_000);
    await Promise.all(opening);
    waiting.length = 0;
    network.cut(slow.node);
    network.mend(slow.node);
    const told: number[] = [];
    for (let step = 0; step < 3; step++) {
      await clock.pass(1);
      told.push(waiting.length);
      for (const done of waiting.splice(0)) done();
    }
    assert.deepEqual(told, [500, 500, 200]);
  });

  it("T7 a change that comes late, after a list that has it, changes nothing", async () => {
    const here = await open(a!);
    const node = b!.bus.node;
    here.hear({ type: "people", room: "lobby", people: [ADA], n: 7, ask: false }, node);
    for (const n of [5, 6, 7]) here.hear({ type: "went", person: ADA.id, n }, node);
    here.hear({ type: "people", room: "lobby", people: [], n: 6, ask: false }, node);
    assert.equal(isThere(here), true);
    here.hear({ type: "went", person: ADA.id, n: 8 }, node);
    assert.equal(isThere(here), false);
  });

  it("T2 a room that was closed tells nothing to those for whom it is open anew", async () => {
    const first = await open(a!);
    first.enter(ADA, connection);
    first.exit(ADA, connection, true);
    a!.close("lobby");
    a!.told.length = 0;
    await open(a!);
    await clock.pass(A_WHILE_MS);
    assert.deepEqual(a!.told, []);
  });
});
