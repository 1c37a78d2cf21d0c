import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REFUSALS_LOGGED_PER_SECOND } from "../limits.ts";
import { FakeClock } from "../simulation/fake-clock.ts";
import { limitedLog } from "./limited.ts";
import { createLog, type Log } from "./log.ts";

describe("the log", () => {
  it("is text where a person looks on, without what the greeting has said already", () => {
    const written: string[] = [];
    const log = createLog("info", { isTTY: true, write: (text) => written.push(text) });
    log("started", { version: "1", page: "p", webSocket: "w", metrics: undefined });
    log("refused", { status: 403, reason: 'a "b"\nc', address: "::1" });
    const said = written.join("");
    assert.match(said, /^\d{4}-\S+Z warn refused status=403 reason="a \\"b\\"\\nc" address="::1"\n$/);
  });

  it("has ten lines a second of what strangers cause, and says how many it left out when the second is over", async () => {
    const clock = new FakeClock();
    const lines: unknown[][] = [];
    const log: Log = (event, fields) => void lines.push([event, fields]);
    const limited = limitedLog(log, clock);
    const refused = (fields: typeof refusal) => limited("refused", fields);
    const refusal = { status: 403, reason: "no", address: "::1" };
    for (let count = 0; count < 1_000; count++) refused(refusal);
    assert.equal(lines.length, REFUSALS_LOGGED_PER_SECOND);
    await clock.pass(1_000);
    const leftOut = { of: "refused", count: 1_000 - REFUSALS_LOGGED_PER_SECOND };
    assert.deepEqual(lines.slice(REFUSALS_LOGGED_PER_SECOND), [["left_out", leftOut]]);
    refused(refusal);
    await clock.pass(1_000);
    assert.equal(lines.length, REFUSALS_LOGGED_PER_SECOND + 2);
    // Each has lines of its own, and what no stranger causes is always written.
    lines.length = 0;
    for (let count = 0; count < 2 * REFUSALS_LOGGED_PER_SECOND; count++) {
      limited("unexpected", { error: "no" });
      limited("trouble", { reason: "no" });
      limited("store_failing", { reason: "no" });
    }
    assert.equal(lines.length, 4 * REFUSALS_LOGGED_PER_SECOND);
  });
});
