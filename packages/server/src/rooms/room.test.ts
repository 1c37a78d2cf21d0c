import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";
import type { Bus } from "../bus/bus.ts";
import { MemoryNetwork } from "../bus/memory.ts";
import { Presence } from "../presence/presence.ts";
import { FakeClock } from "../simulation/fake-clock.ts";
import { drafts } from "../store/contract.ts";
import { createMemoryStore, type MemoryStore } from "../store/memory.ts";
import { Backlog } from "./backlog.ts";
import { Room, type RoomParts } from "./room.ts";
import { Rooms } from "./rooms.ts";

describe("a room", () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let other: Bus;
  let parts: RoomParts;

  beforeEach(() => {
    clock = new FakeClock();
    store = createMemoryStore({ isShared: true });
    const network = new MemoryNetwork();
    const [bus, channels] = [network.join(), { publish: () => {}, waitMs: () => 0 }];
    other = network.join();
    const presence = new Presence({ bus, channels, clock, print: () => {} });
    parts = { store, bus, presence, channels, clock, backlog: new Backlog(clock) };
  });

  /** Another node stores so many, and tells of the last. */
  async function storedElsewhere(count: number, prefix: string): Promise<void> {
    const appended = await store.append("lobby", drafts(count, prefix));
    const last = appended.at(-1)!;
    if (!last.trimmed) await other.publish("room:lobby", { type: "events", events: [last.event] });
  }

  it("that is told of events while it opens reads what is new, and not the log from its beginning", async () => {
    await storedElsewhere(1_000, "old");
    const inner = store.read;
    const read = mock.method(store, "read", async (...asked: Parameters<typeof inner>) => {
      const page = await inner(...asked);
      await new Promise<void>((resolve) => clock.after(50, resolve));
      return page;
    });
    const opening = Room.open("lobby", parts);
    await clock.pass(10);
    await storedElsewhere(2, "new");
    await clock.pass(1_000);
    assert.equal((await opening).delivered, 1_002);
    const ranges = read.mock.calls.map(({ arguments: [, range] }) => range);
    assert.deepEqual(ranges.slice(1), [{ after: 1_000, limit: 500 }]);
  });

  it("opens in half a second where the bus takes nothing", async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const bus: Bus = Object.assign(Object.create(parts.bus), { subscribe: never, publish: never });
    const presence = new Presence({ ...parts, bus, print: () => {} });
    const opening = Room.open("lobby", { ...parts, bus, presence });
    const opened = mock.fn();
    void opening.then(opened);
    await clock.pass(600);
    assert.equal(opened.mock.callCount(), 1);
  });

  for (const [what, there] of [
    ["lacks its newest events", 3],
    ["has others in their place", 8],
  ] as const) {
    it(`P5 whose log ${what} since another server took over sends all away, and goes on from what is there`, async () => {
      await storedElsewhere(5, "old");
      let current: MemoryStore = store;
      const shared = new Proxy(store, { get: (_, name) => current[name as keyof MemoryStore] });
      const onRollback = mock.fn();
      const rooms = new Rooms({ ...parts, store: shared, onRollback });
      const away = mock.fn();
      const leasing = rooms.lease("lobby", away);
      await clock.pass(1_000);
      const { room } = await leasing;
      assert.equal(room.delivered, 5);
      current = createMemoryStore({ isShared: true });
      await current.append("lobby", drafts(3, "old"));
      await current.append("lobby", drafts(there - 3, "new"));
      await clock.pass(2_000);
      assert.deepEqual([away.mock.callCount(), onRollback.mock.callCount()], [1, 1]);
      assert.equal(room.delivered, there);
    });
  }

  it("P5 goes on where another server took over that lacks nothing", async () => {
    await storedElsewhere(5, "old");
    let current: MemoryStore = store;
    const shared = new Proxy(store, { get: (_, name) => current[name as keyof MemoryStore] });
    const rooms = new Rooms({ ...parts, store: shared });
    const leasing = rooms.lease("lobby", () => assert.fail("sent away"));
    await clock.pass(1_000);
    const { room } = await leasing;
    current = createMemoryStore({ isShared: true });
    await current.append("lobby", drafts(5, "old"));
    await current.append("lobby", drafts(2, "new"));
    await clock.pass(2_000);
    assert.equal(room.delivered, 7);
  });
});
