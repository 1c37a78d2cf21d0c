import assert from "node:assert/strict";
import { it } from "node:test";
import { TypingTimes } from "./typing-times.ts";

it("T5 that somebody types is told once a second for each room", () => {
  const times = new TypingTimes();
  const told = (room: string, now: number): boolean => times.mayTell(room, now);
  assert.deepEqual(
    [told("a", 0), told("a", 999), told("b", 500), told("a", 1_000)],
    [true, false, true, true],
  );
  assert.deepEqual(
    [told("b", 1_499), told("a", 1_999), told("b", 1_500), told("a", 2_000)],
    [false, false, true, true],
  );
});
