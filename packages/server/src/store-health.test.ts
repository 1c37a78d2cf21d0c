import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { LogEvent } from "./log/events.ts";
import type { Log } from "./log/log.ts";
import { NO_METERS } from "./metrics/meters.ts";
import { FakeClock } from "./simulation/fake-clock.ts";
import { draft } from "./store/contract.ts";
import { StoreError } from "./store/errors.ts";
import { createMemoryStore, type MemoryStore } from "./store/memory.ts";
import { StoreHealth } from "./store-health.ts";

describe("the health of a store", () => {
  let clock: FakeClock;
  let memory: MemoryStore;
  let probes: number;
  let logged: LogEvent[];
  let health: StoreHealth;

  beforeEach(() => {
    clock = new FakeClock();
    memory = createMemoryStore();
    probes = 0;
    logged = [];
    const probe = (): Promise<void> => {
      probes++;
      return memory.probe();
    };
    const log: Log = (event) => void logged.push(event);
    health = new StoreHealth({ store: { ...memory, probe }, clock, log, meters: NO_METERS });
  });

  it("is seen in what is stored, and a write of its own is made only where that was nothing for a second", async () => {
    await health.store.append("lobby", [draft("a")]);
    assert.equal(await health.check(), undefined);
    assert.equal(probes, 0);
    await clock.pass(1_000);
    assert.deepEqual(await Promise.all([health.check(), health.check()]), [undefined, undefined]);
    assert.equal(await health.check(), undefined);
    assert.equal(probes, 1);
  });

  it("is bad from the first append that fails, good again with the first write that works, and logged once each", async () => {
    memory.failAppends("refuse");
    await assert.rejects(health.store.append("lobby", [draft("a")]));
    await assert.rejects(health.store.append("lobby", [draft("b")]));
    assert.match((await health.check()) ?? "", /told to fail/);
    await clock.pass(1_000);
    assert.match((await health.check()) ?? "", /told to fail/);
    memory.failAppends("none");
    await clock.pass(1_000);
    assert.equal(await health.check(), undefined);
    assert.deepEqual(logged, ["store_failing", "store_recovered"]);
  });

  it("is not shown by a retry of what is stored already, for which nothing is written", async () => {
    await health.store.append("lobby", [draft("a")]);
    memory.failAppends("refuse");
    await assert.rejects(health.store.append("lobby", [draft("b")]));
    memory.failAppends("none");
    await health.store.append("lobby", [draft("a")]);
    assert.notEqual(health.trouble, undefined);
  });

  it("is not touched by a call that was wrong, or by one room that is damaged", async () => {
    await assert.rejects(health.store.append("", [draft("a")]));
    assert.equal(health.trouble, undefined);
  });

  it("is not touched by a room that somebody holds, while others are written or a probe is", async () => {
    const held = Promise.withResolvers<never>();
    const append = (
      ...[room, given]: Parameters<MemoryStore["append"]>
    ): ReturnType<MemoryStore["append"]> => (room === "held" ? held.promise : memory.append(room, given));
    const log: Log = (event) => void logged.push(event);
    const watched = new StoreHealth({ store: { ...memory, append }, clock, log, meters: NO_METERS });
    const first = watched.store.append("held", [draft("a")]);
    await clock.pass(1_000);
    await watched.store.append("lobby", [draft("b")]);
    held.reject(new StoreError("unavailable", "PostgreSQL gave no answer in time."));
    await assert.rejects(first);
    assert.deepEqual(logged, []);
    await clock.pass(1);
    await assert.rejects(watched.store.append("held", [draft("c")]));
    assert.deepEqual(logged, ["store_failing"], "nothing came later, so who knows");
    assert.equal(await watched.check(), undefined);
  });

  it("is bad while the disk answers nothing for two seconds", async () => {
    const stuck = { ...memory, probe: () => new Promise<void>(() => {}) };
    const frozen = new StoreHealth({ store: stuck, clock, log: () => {}, meters: NO_METERS });
    const checking = frozen.check();
    await clock.pass(2_000);
    assert.match((await checking) ?? "", /took longer than 2 s/);
  });
});
