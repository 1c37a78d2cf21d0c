import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Report, simulate } from "./simulation.ts";

/** Seeds that found something once, so that it stays found. */
const FOUND: readonly number[] = [2, 4, 9, 62, 180, 183, 271, 725, 937];
/** Schedules in every run of the tests; more with NATTER_SEEDS=20000. */
const SEEDS = Number(process.env.NATTER_SEEDS ?? 1_000);
const PER_TEST = 250;

async function runSeeds(from: number, to: number, rollback: boolean): Promise<Report> {
  const total: Report = { events: 0, crashes: 0, slow: 0, rollbacks: 0, resets: 0 };
  for (let seed = from; seed <= to; seed++) {
    const report = await simulate(seed, { rollback }).catch((error) => {
      throw new Error(`seed ${seed}${rollback ? " with rollback" : ""}: ${error.message}`, { cause: error });
    });
    for (const key of Object.keys(total) as (keyof Report)[]) total[key] += report[key];
  }
  return total;
}

describe("a server on a bad network and a bad disk, simulated", () => {
  for (let from = 1; from <= SEEDS; from += PER_TEST) {
    const to = Math.min(SEEDS, from + PER_TEST - 1);
    it(`keeps P2 P3 P4 P5 P6 P7, seeds ${from} to ${to}`, async () => {
      const total = await runSeeds(from, to, false);
      assert.ok(total.events > 0 && total.crashes > 0 && total.slow > 0);
      assert.equal(total.resets, 0, "P5 nobody is reset where the log was never rolled back");
    });

    it(`tells whoever has to begin anew when the log was rolled back (P5), seeds ${from} to ${to}`, async () => {
      const total = await runSeeds(from, to, true);
      assert.ok(total.rollbacks > 0 && total.resets > 0);
    });
  }

  for (const seed of FOUND) {
    it(`keeps its promises with seed ${seed}, which once found them broken`, async () => {
      await simulate(seed);
      await simulate(seed, { rollback: true });
    });
  }
});
