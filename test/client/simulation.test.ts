import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSeeds } from "../../packages/server/src/simulation/seeds.ts";
import { simulate } from "./support/simulation.ts";

/** Seeds that found something once, so that it stays found; with logs rolled back, and without. */
const FOUND: readonly number[] = [
  1005, // closed before the storage had told the session: what had been said was not written down
  1483, // the same, with logs rolled back
];
/** Schedules in every run of the tests; more with NATTER_SEEDS=20000. */
const SEEDS = Number(process.env.NATTER_SEEDS ?? 1_000);
const PER_TEST = 250;
/** What has to have happened in so many, or the schedules prove less than they seem to. */
const HAPPENED: readonly string[] = [
  // the server, its disk, and the network to it
  ...[
    "events",
    "crash",
    "stop",
    "weather of the disk",
    "cut",
    "half open",
    "stalled",
    "crowd",
    "clock moved",
  ],
  // tabs, and what they keep
  ...["tabs opened", "tabs closed", "tabs killed", "sent by another tab"],
  ...["storage failed before it was done", "storage failed after it was done"],
  // the device
  ...["network", "sleep", "slept for 0 ms", "slept for 3600000 ms"],
  // what people do
  ...["taken back", "give up", "send again", "leave", "enter", "history", "load older", "rename", "rooms"],
  ...["mark read", "type"],
  // what the server says to it
  ...["refused: held", "refused: busy", "refused: unavailable", "refused: not_joined"],
  ...["refused: rate_limited", "refused: bad_name"],
];

const SIMULATION = new URL("./support/simulation.ts", import.meta.url);

describe("clients on a bad network, with tabs that come and go and storage that fails, simulated", () => {
  for (let from = 1; from <= SEEDS; from += PER_TEST) {
    const to = Math.min(SEEDS, from + PER_TEST - 1);
    const rollback = (from - 1) % (2 * PER_TEST) !== 0;
    it(`keep P2 P3 P4 P5 P6 A1 D1 D3 N5, seeds ${from} to ${to}${rollback ? ", logs rolled back" : ""}`, async (t) => {
      const total = await runSeeds(SIMULATION, from, to, { rollback });
      t.diagnostic(JSON.stringify(total));
      for (const what of HAPPENED) assert.ok((total[what] ?? 0) > 0, `nothing was tried of: ${what}`);
      if (rollback) assert.ok(total["rolled back"]! > 0 && total.resets! > 0);
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
