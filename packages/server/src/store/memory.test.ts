import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits } from "@natter/protocol";
import { draft, failsWith, storeContract } from "./contract.ts";
import { createMemoryStore } from "./memory.ts";
import { MAX_READ_BYTES } from "./store.ts";

storeContract("The store in memory", async () => {
  const store = createMemoryStore();
  return { store, end: () => store.close() };
});

test("P7 a page of the store and one of natter.v1 hold the same bytes, so that nothing is read in vain", () => {
  // Written out in the store, whose threads find no other package when they run from the sources.
  assert.equal(MAX_READ_BYTES, limits.maxPageBytes);
});

describe("The store in memory fails as it is told", () => {
  test("P6 an append that is refused is not there", async () => {
    const store = createMemoryStore();
    store.failAppends("refuse");
    await assert.rejects(store.append("lobby", [draft("a")]), failsWith("unavailable"));
    assert.deepEqual(await store.find("lobby", "ada", ["a"]), [undefined]);
  });

  test("P6 an append whose answer is lost is there once, and a retry says so", async () => {
    const store = createMemoryStore();
    store.failAppends("lose-answer");
    await assert.rejects(store.append("lobby", [draft("a")]), failsWith("unavailable"));
    store.failAppends("none");
    const [retry] = await store.append("lobby", [draft("a")]);
    assert.deepEqual([retry?.again, retry?.event.seq], [true, 1]);
  });
});
