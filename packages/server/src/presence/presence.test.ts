import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Bus } from "../bus/bus.ts";
import { MemoryNetwork } from "../bus/memory.ts";
import type { Connection } from "../ports.ts";
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

  constructor(bus: Bus, clock: FakeClock) {
    this.bus = bus;
    this.presence = new Presence({ bus, clock, channels: { publish: () => {} }, print: () => {} });
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
});
