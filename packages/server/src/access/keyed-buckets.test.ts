import assert from "node:assert/strict";
import { it } from "node:test";
import { KeyedBuckets } from "./keyed-buckets.ts";

it("each key has a burst and a rate of its own, and is remembered no longer than it makes a difference", () => {
  const buckets = new KeyedBuckets(2, 3);
  for (let count = 0; count < 3; count++) assert.equal(buckets.take("ada", 0), 0);
  assert.deepEqual([buckets.take("ada", 0), buckets.take("bob", 0)], [500, 0]);
  assert.deepEqual([buckets.take("ada", 500), buckets.take("ada", 500)], [0, 500]);
  assert.equal(buckets.size, 2);
  buckets.take("eve", 20_000);
  assert.equal(buckets.size, 1);
});

it("what changes nothing costs nothing, neither what is there nor what was when it is not", () => {
  const buckets = new KeyedBuckets(2, 3);
  const change = (from: string | undefined, to: string): number => buckets.take("ada", 0, { from, to });
  for (const [from, to] of [
    [undefined, "a"],
    ["a", "a"],
    ["a", "b"],
    [undefined, "b"],
    ["a", "b"], // somebody made it an "a" meanwhile
  ] as const) {
    assert.equal(change(from, to), 0);
  }
  assert.deepEqual(
    [change("b", "c"), change("a", "b"), change("b", "b"), change(undefined, "b")],
    [500, 500, 0, 0],
  );
});
