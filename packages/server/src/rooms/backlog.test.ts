import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backlog, MAX_WAITING_BYTES, MAX_WAITING_DRAFTS, MAX_WAITING_MS } from "./backlog.ts";

function backlogAt(time: { now: number }): Backlog {
  return new Backlog({ elapsed: () => time.now });
}

describe("what waits to be stored", () => {
  it("M5 is busy once the oldest has waited too long, says for about how long, and is not once that is stored", () => {
    const time = { now: 0 };
    const backlog = backlogAt(time);
    const first = backlog.add("a");
    time.now = MAX_WAITING_MS - 1;
    const second = backlog.add("b");
    assert.equal(backlog.refusal, undefined);
    time.now = 3_000;
    const waits = Array.from({ length: 100 }, () => backlog.refusal!);
    assert.deepEqual(new Set(waits.map(({ code }) => code)), new Set(["busy"]));
    const ms = waits.map(({ retryAfterMs }) => retryAfterMs);
    assert.ok(Math.min(...ms) >= 3_000 && Math.max(...ms) <= 4_500);
    assert.ok(new Set(ms).size > 90, "they do not all come back at once");
    backlog.remove(first);
    assert.equal(backlog.refusal, undefined);
    backlog.remove(second);
    time.now = 1e6;
    assert.equal(backlog.refusal, undefined);
  });

  it("P7 is bounded in messages and in bytes as well", () => {
    const time = { now: 0 };
    const many = backlogAt(time);
    for (let count = 0; count < MAX_WAITING_DRAFTS; count++) many.add("");
    assert.equal(many.refusal?.code, "busy");
    const large = backlogAt(time);
    const text = "x".repeat(MAX_WAITING_BYTES / 4);
    const tickets = [large.add(text), large.add(text)];
    assert.equal(large.refusal?.code, "busy");
    large.remove(tickets[0]!);
    assert.equal(large.refusal, undefined);
  });
});
