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

describe("a room", () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let other: Bus;
  let parts: RoomParts;

  beforeEach(() => {
    clock = new FakeClock();
    store = createMemoryStore({ isShared: true });
    const network = new MemoryNetwork();
    const [bus, channels] = [network.join(), { publish: () => {} }];
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
});
