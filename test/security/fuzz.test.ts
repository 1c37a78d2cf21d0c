// A generator that knows the protocol talks to a real server: valid, almost valid and hostile WebSocket frames, messages
// and handshakes. `NATTER_FUZZ=1000000 npm test -- security/fuzz` sends as many, `NATTER_FUZZ_SEED` others.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { megabytes, residentBytes } from "../reliability/support/home.ts";
import { Natter } from "../support/natter.ts";
import { Fuzzer } from "./fuzz/fuzzer.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { target } from "./support/target.ts";

const inputs = Number(process.env.NATTER_FUZZ ?? 20_000);
const seed = Number(process.env.NATTER_FUZZ_SEED ?? 20260101);
/** Inputs after which everything that grows once has grown: caches, heaps. With a million that takes some 300,000. */
const WARM = Math.max(5_000, Math.round(inputs * 0.3));
/** Garbage, SQLite's page cache, what the store's threads keep: none of it grows with the inputs. */
const GROWTH_BYTES = 120 * 1024 * 1024;
/** Eight times what the rate of the address allows at once, so that all kinds of refusals come. */
const RATED = 8_000;

describe("the fuzzer", () => {
  it(`M1 P9 ${RATED} inputs end in documented answers over the rate as well, seed ${seed}`, async (t) => {
    await using natter = await Natter.start(["--message-rate", "10"]);
    const fuzzer = new Fuzzer(natter, seed, RATED, true);
    await fuzzer.run();
    assert.doesNotMatch(natter.said(), /unexpected|Error:|failed:/);
    assert.ok(fuzzer.refused > 0 && (fuzzer.closings.get(1008) ?? 0) > 0, "the rate was never met");
    assert.equal(await natter.stop(), 0);
    const closings = [...fuzzer.closings].sort().map(([code, count]) => `${count} × ${code}`);
    t.diagnostic(`${fuzzer.sent} inputs, ${fuzzer.refused} refused with 429; closed: ${closings.join(", ")}`);
  });

  it(`F5 P9 ${inputs} inputs end in documented answers, memory stays flat, others chat on, seed ${seed}`, {
    timeout: 120_000 + inputs,
  }, async (t) => {
    await using natter = await Natter.start(["--message-rate", "0"]);
    const { pid } = natter.child;
    const before = performance.now();
    const fuzzer = new Fuzzer(natter, seed, inputs);
    const [warm, after] = await whilePairChats(t, target(natter), async () => {
      await new Fuzzer(natter, seed + 1, WARM).run();
      const bytes = await residentBytes(pid!);
      await fuzzer.run();
      return [bytes, await residentBytes(pid!)] as const;
    });
    assert.equal(natter.child.exitCode, null, natter.said().slice(-2_000));
    const unexpected = natter
      .said()
      .split("\n")
      .filter((line) => /unexpected|Error:|failed:/.test(line));
    assert.deepEqual(unexpected, [], `seed ${seed}`);
    assert.ok(after - warm < GROWTH_BYTES, `seed ${seed}: it grew by ${megabytes(after - warm)}`);
    for (const code of [1002, 1003, 1007, 1008, 1009]) {
      assert.ok(
        (fuzzer.closings.get(code) ?? 0) > 0,
        `nothing was closed with ${code}: the inputs are too tame`,
      );
    }
    assert.equal(await natter.stop(), 0);
    const closings = [...fuzzer.closings].sort().map(([code, count]) => `${count} × ${code}`);
    t.diagnostic(
      `${fuzzer.sent} inputs in ${((performance.now() - before) / 1_000).toFixed(0)} s; closed: ${closings.join(", ")}; ` +
        `memory ${megabytes(warm)}, then ${megabytes(after)}`,
    );
  });
});
