import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { check } from "./check.ts";
import { openSqliteStore } from "./open.ts";
import { crash, readAll, seeded, tempDir } from "./testing.ts";

const CYCLES = 10;
const SEED = 20_26;

describe("kill -9", () => {
  test(`P1 P2 P3 every acknowledged event is there after each of ${CYCLES} kills, at its seq (seed ${SEED})`, async (t) => {
    const dataDir = join(await tempDir(t), "data");
    const random = seeded(SEED);
    const acknowledged = new Map<string, string>();
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const lines = 50 + random(300);
      for (const { room, seq, id } of await crash(dataDir, {
        lines,
        writers: 8,
        batch: 2,
        prefix: `c${cycle}`,
      })) {
        acknowledged.set(`${room} ${seq}`, id);
      }
      const store = await openSqliteStore({ dataDir });
      const there = new Map<string, string>();
      const ids = new Set<string>();
      for (let r = 0; r < 5; r++) {
        const events = await readAll(store, `room-${r}`);
        events.forEach(({ seq }, i) => {
          assert.equal(seq, i + 1);
        });
        for (const { room, seq, id, from } of events) {
          there.set(`${room} ${seq}`, id);
          ids.add(`${room} ${from.id} ${id}`);
        }
      }
      for (const [place, id] of acknowledged) assert.equal(there.get(place), id, place);
      assert.equal(ids.size, there.size, "an id stands in the log twice");
      await store.close();
    }
    assert.ok(acknowledged.size > CYCLES * 50);
    assert.deepEqual((await check(dataDir)).problems, []);
  });
});
