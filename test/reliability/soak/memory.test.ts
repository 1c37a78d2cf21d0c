import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Natter } from "../../support/natter.ts";
import { growthOf, INSPECTABLE, MemoryGauge } from "./memory.ts";

const MB = 1024 * 1024;

describe("the soak's look at memory", () => {
  it("is flat where the last quarter is a tenth more than the second at most, whatever the first and third were", () => {
    assert.deepEqual(growthOf([1, 900, 90, 110, 500, 500, 105, 115]), { warm: 100, last: 110, isFlat: true });
    assert.equal(growthOf([1, 1, 100, 100, 1, 1, 111, 111]).isFlat, false);
  });

  it("is taken from the server itself, once its garbage is collected", async () => {
    const inherited = process.env.NODE_OPTIONS ?? "";
    await using natter = await Natter.start([], { NODE_OPTIONS: `${inherited} ${INSPECTABLE}` });
    const gauge = await MemoryGauge.open(natter);
    const [first, second] = [await gauge.read(), await gauge.read()];
    gauge.close();
    for (const { heap, resident } of [first, second]) {
      assert.ok(heap > 5 * MB && heap < 100 * MB && resident > heap, `${heap} and ${resident} bytes`);
    }
    assert.ok(Math.abs(second.heap - first.heap) < MB, "nothing is left to collect");
    assert.equal(await natter.stop(), 0);
  });
});
