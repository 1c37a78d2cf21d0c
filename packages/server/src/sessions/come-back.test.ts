import assert from "node:assert/strict";
import { it } from "node:test";
import { comeBackMs } from "./come-back.ts";

it("M5 X7 those who are told to come back come spread over half a second to five, a tenth of them in each tenth", () => {
  for (const first of [1, 70_000]) {
    const tenths = new Array<number>(10).fill(0);
    for (let connection = first; connection < first + 1_000; connection++) {
      const ms = comeBackMs(connection);
      assert.ok(Number.isInteger(ms) && ms >= 500 && ms <= 5_000);
      assert.equal(comeBackMs(connection), ms);
      tenths[Math.min(9, Math.floor((ms - 500) / 450))]!++;
    }
    assert.ok(
      tenths.every((count) => Math.abs(count - 100) < 5),
      tenths.join(" "),
    );
  }
});
