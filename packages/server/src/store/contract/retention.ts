import assert from "node:assert/strict";
import { draft, drafts, type StoreTest } from "./support.ts";

/** What retention removes, and what stays. */
export function retentionContract(test: StoreTest): void {
  test("P3 ids outlive trimmed events: a retry is told its seq, and that the text is gone", async (store) => {
    await store.append("lobby", drafts(10));
    assert.equal(await store.trim({ maxEvents: 3 }), 7);
    assert.deepEqual(await store.head("lobby"), { head: 10, first: 8 });
    const event = { room: "lobby", seq: 2, id: "m2", from: { id: "ada" } };
    assert.deepEqual(await store.append("lobby", [draft("m2")]), [{ event, again: true, trimmed: true }]);
    const [trimmed, kept] = await store.find("lobby", "ada", ["m2", "m9"]);
    assert.deepEqual(trimmed, { event, trimmed: true });
    assert.equal(kept?.trimmed, false);
    assert.deepEqual(await store.head("lobby"), { head: 10, first: 8 });
  });

  test("P5 reading a trimmed range gives what is left, and says where that begins", async (store) => {
    await store.append("lobby", drafts(10));
    await store.trim({ maxEvents: 3 });
    const after = await store.read("lobby", { after: 2, limit: 2 });
    assert.deepEqual([after.first, after.events.map(({ seq }) => seq)], [8, [8, 9]]);
    const before = await store.read("lobby", { before: 9, limit: 5 });
    assert.deepEqual(
      before.events.map(({ seq }) => seq),
      [8],
    );
    assert.deepEqual((await store.read("lobby", { before: 5, limit: 5 })).events, []);
  });

  test("P2 a room trimmed to nothing goes on with the next seq", async (store) => {
    await store.append("lobby", drafts(3));
    assert.equal(await store.trim({ maxEvents: 0 }), 3);
    assert.deepEqual(await store.read("lobby", { after: 0, limit: 5 }), { head: 3, first: 4, events: [] });
    const [next] = await store.append("lobby", [draft("next")]);
    assert.equal(next?.event.seq, 4);
    assert.deepEqual(await store.head("lobby"), { head: 4, first: 4 });
  });

  test("retention by age stops at the first event that is young, wherever the clock went", async (store) => {
    const ages = [100, 900, 50, 2000];
    await store.append(
      "lobby",
      ages.map((at, i) => draft(`a${i}`, { at })),
    );
    assert.equal(await store.trim({ maxAgeMs: 500 }, 1000), 1);
    assert.deepEqual(await store.head("lobby"), { head: 4, first: 2 });
    assert.equal(await store.trim({}, 9e9), 0);
    assert.equal(await store.trim({ maxAgeMs: 0 }, 9e9), 3);
  });

  test("retention reaches every room, however many events there are to remove", async (store) => {
    for (const room of ["a", "b", "c"]) await store.append(room, drafts(700));
    for (let i = 0; i < 60; i++) await store.append(`small-${i}`, drafts(2));
    assert.equal(await store.trim({ maxEvents: 1 }), 3 * 699 + 60);
    for (const room of ["a", "b", "c"]) assert.deepEqual(await store.head(room), { head: 700, first: 700 });
    assert.deepEqual(await store.head("small-59"), { head: 2, first: 2 });
  });
}
