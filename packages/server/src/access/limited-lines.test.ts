import assert from "node:assert/strict";
import { it } from "node:test";
import { FakeClock } from "../simulation/fake-clock.ts";
import { limitedLines } from "./limited-lines.ts";

it("a log of what strangers do has so many lines a second, and says how many it left out", async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = limitedLines((line) => lines.push(line), clock, 10);
  for (let count = 0; count < 1_000; count++) log(`line ${count}`);
  assert.equal(lines.length, 10);
  await clock.pass(1_000);
  log("later");
  assert.deepEqual(lines.slice(10), ["and 990 more like this", "later"]);
});
