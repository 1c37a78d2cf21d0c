import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSeeds } from "./seeds.ts";
import { type Report, simulate } from "./simulation.ts";

/** Seeds that found something once, so that it stays found. */
const FOUND: readonly number[] = [2, 4, 9, 62, 180, 183, 271, 725, 937];
/** The same of three nodes whose database fails over. */
const FOUND_FAILING_OVER: readonly number[] = [98, 141, 391, 1304];
/** Schedules in every run of the tests; more with NATTER_SEEDS=20000. */
const SEEDS = Number(process.env.NATTER_SEEDS ?? 1_000);
const PER_TEST = 250;

const SIMULATION = new URL("./simulation.ts", import.meta.url);

describe("a server on a bad network and a bad disk, simulated", () => {
  for (let from = 1; from <= SEEDS; from += PER_TEST) {
    const to = Math.min(SEEDS, from + PER_TEST - 1);
    it(`keeps P2 P3 P4 P5 P6 P7, seeds ${from} to ${to}`, async () => {
      const total = await runSeeds<Report>(SIMULATION, from, to, {});
      assert.ok(total.events > 0 && total.crashes > 0 && total.slow > 0);
      assert.equal(total.resets, 0, "P5 nobody is reset where the log was never rolled back");
    });

    it(`tells whoever has to begin anew when the log was rolled back (P5), seeds ${from} to ${to}`, async () => {
      const total = await runSeeds<Report>(SIMULATION, from, to, { rollback: true });
      assert.ok(total.rollbacks > 0 && total.resets > 0);
    });
  }

  for (let from = 1; from <= SEEDS; from += PER_TEST) {
    const to = Math.min(SEEDS, from + PER_TEST - 1);
    it(`keeps them with three nodes that hear each other badly, seeds ${from} to ${to}`, async () => {
      const total = await runSeeds<Report>(SIMULATION, from, to, { nodes: 3 });
      assert.ok(total.events > 0 && total.crashes > 0 && total.slow > 0);
      assert.equal(total.resets, 0, "P5 nobody is reset where the log was never rolled back");
    });
  }

  for (let from = 1; from <= SEEDS; from += PER_TEST) {
    const to = Math.min(SEEDS, from + PER_TEST - 1);
    it(`keeps them with three nodes whose database fails over to one that lacks what came last, seeds ${from} to ${to}`, async () => {
      const total = await runSeeds<Report>(SIMULATION, from, to, { nodes: 3, rollback: true });
      assert.ok(total.rollbacks > 0 && total.resets > 0);
    });
  }

  for (const seed of FOUND) {
    it(`keeps its promises with seed ${seed}, which once found them broken`, async () => {
      await simulate(seed);
      await simulate(seed, { rollback: true });
    });
  }
  for (const seed of FOUND_FAILING_OVER) {
    it(`keeps its promises through failovers with seed ${seed}, which once found them broken`, async () => {
      await simulate(seed, { nodes: 3, rollback: true });
    });
  }
});
