import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";
import { createMemoryBus } from "../bus/memory.ts";
import { Presence } from "../presence/presence.ts";
import { FakeClock } from "../simulation/fake-clock.ts";
import { draft } from "../store/contract.ts";
import { createMemoryStore, type MemoryStore } from "../store/memory.ts";
import { MAX_CHANGES, MAX_HEADS } from "../store/store.ts";
import { Backlog } from "./backlog.ts";
import { type Lease, Rooms } from "./rooms.ts";

/** Within which what no hint told of is delivered. */
const FOUND_MS = 2_000;

describe("the rooms of a node that hears no hints", () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let rooms: Rooms;

  beforeEach(() => {
    clock = new FakeClock();
    store = createMemoryStore({ isShared: true });
    const bus = createMemoryBus();
    const channels = { publish: () => {}, waitMs: () => 0 };
    const presence = new Presence({ bus, channels, clock, print: () => {} });
    rooms = new Rooms({ store, bus, presence, channels, clock, backlog: new Backlog(clock) });
  });

  async function lease(name: string): Promise<Lease> {
    const leasing = rooms.lease(name);
    await clock.pass(1);
    return await leasing;
  }

  it("P5 finds what other nodes stored, however many rooms they stored to", async () => {
    const { room } = await lease("lobby");
    for (let round = 1; round <= 3; round++) {
      await store.append("lobby", [draft(`${round}`)]);
      for (let count = 0; count <= MAX_CHANGES; count++) await store.append(`r${count}`, [draft(`${round}`)]);
      await clock.pass(FOUND_MS);
      assert.equal(room.delivered, round);
    }
  });

  it("asks for the heads of all that are open at once, in a few calls", async () => {
    const heads = mock.method(store, "heads");
    const head = mock.method(store, "head");
    for (let count = 0; count <= MAX_HEADS; count++) void rooms.lease(`r${count}`);
    await clock.pass(FOUND_MS);
    assert.deepEqual(
      heads.mock.calls.map(({ arguments: [names] }) => names.length),
      [MAX_HEADS, 1],
    );
    assert.equal(head.mock.callCount(), 0);
  });

  it("asks nothing while nobody is there, and then not for what changed meanwhile", async () => {
    const changes = mock.method(store, "changes");
    (await lease("lobby")).release();
    await clock.pass(FOUND_MS);
    changes.mock.resetCalls();
    await clock.pass(60_000);
    assert.equal(changes.mock.callCount(), 0);
    await lease("lobby");
    await clock.pass(FOUND_MS);
    assert.deepEqual(changes.mock.calls[0]!.arguments, [undefined]);
  });
});
