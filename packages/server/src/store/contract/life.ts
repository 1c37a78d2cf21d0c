import assert from "node:assert/strict";
import { draft, drafts, failsWith, type StoreTest, textsOf } from "./support.ts";

/** Changes, probes and the end. */
export function lifeContract(test: StoreTest): void {
  test("changes give a mark that the next call takes, and name no room to which nobody appended since", async (store) => {
    await store.append("old", [draft("a")]);
    const begin = await store.changes();
    assert.ok(begin.rooms === undefined || begin.rooms.length === 0);
    await store.append("lobby", drafts(3));
    const { mark, rooms } = await store.changes(begin.mark);
    assert.ok(
      rooms?.every(({ room, head }) => room === "lobby" && head === 3),
      JSON.stringify(rooms),
    );
    assert.deepEqual((await store.changes(mark)).rooms, []);
  });

  test("a probe writes, and changes nothing that anybody reads", async (store) => {
    await store.append("lobby", drafts(2));
    await store.probe();
    await store.probe();
    assert.deepEqual(await textsOf(store, "lobby"), ["text of m1", "text of m2"]);
    assert.deepEqual(await store.head("lobby"), { head: 2, first: 1 });
  });

  test("close finishes the writes that were called before and refuses what comes after", async (store) => {
    const append = store.append("lobby", drafts(3));
    const closing = store.close();
    await assert.rejects(store.append("lobby", [draft("late")]), failsWith("closed"));
    assert.equal((await append).length, 3);
    await closing;
    await store.close();
    await assert.rejects(store.head("lobby"), failsWith("closed"));
    await assert.rejects(store.takeNumber(), failsWith("closed"));
    await assert.rejects(store.changes(), failsWith("closed"));
  });
}
