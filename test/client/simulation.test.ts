import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NOTHING, type Report, simulate } from "./support/simulation.ts";

/** Seeds that found something once, so that it stays found. */
const FOUND: readonly number[] = [9, 221, 310, 1674];
/** Schedules in every run of the tests; more with NATTER_SEEDS=20000. */
const SEEDS = Number(process.env.NATTER_SEEDS ?? 1_000);
const PER_TEST = 250;

async function runSeeds(from: number, to: number, rollback: boolean): Promise<Report> {
  const total: Report = { ...NOTHING };
  for (let seed = from; seed <= to; seed++) {
    const report = await simulate(seed, { rollback }).catch((error) => {
      throw new Error(`seed ${seed}${rollback ? " with rollback" : ""}: ${error.message}`, { cause: error });
    });
    for (const key of Object.keys(total) as (keyof Report)[]) total[key] += report[key];
  }
  return total;
}

describe("clients on a bad network, with tabs that come and go and storage that fails, simulated", () => {
  for (let from = 1; from <= SEEDS; from += PER_TEST) {
    const to = Math.min(SEEDS, from + PER_TEST - 1);
    const rollback = (from - 1) % (2 * PER_TEST) !== 0;
    it(`keep P2 P3 P4 P5 P6, seeds ${from} to ${to}${rollback ? ", logs rolled back" : ""}`, async (t) => {
      const total = await runSeeds(from, to, rollback);
      t.diagnostic(JSON.stringify(total));
      const { events, crashes, tabsKilled, adopted, takenBack } = total;
      for (const count of [events, crashes, tabsKilled, adopted, takenBack]) assert.ok(count > 0);
      if (rollback) assert.ok(total.rollbacks > 0 && total.resets > 0);
      else assert.equal(total.resets, 0, "P5 nobody is reset where the log was never rolled back");
    });
  }

  for (const seed of FOUND) {
    it(`keep their promises with seed ${seed}, which once found them broken`, async () => {
      await simulate(seed);
      await simulate(seed, { rollback: true });
    });
  }
});
