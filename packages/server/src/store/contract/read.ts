import assert from "node:assert/strict";
import { type Draft, MAX_APPEND, MAX_HEADS, MAX_READ, MAX_READ_BYTES, type Store } from "../store.ts";
import { draft, drafts, failsWith, type StoreTest } from "./support.ts";

/** Pages of history, heads, and where ids stand. */
export function readContract(test: StoreTest): void {
  test("a room never stored has head 0, first 1, no events, and asking does not store it", async (store) => {
    assert.deepEqual(await store.head("lobby"), { head: 0, first: 1 });
    assert.deepEqual(await store.read("lobby", { after: 0, limit: 10 }), { head: 0, first: 1, events: [] });
    assert.deepEqual(await store.read("lobby", { before: 9, limit: 10 }), {
      head: 0,
      first: 1,
      events: [],
    });
    assert.deepEqual(await store.find("lobby", "ada", ["a"]), [undefined]);
    assert.deepEqual(await store.append("lobby", []), []);
    assert.deepEqual(await store.head("lobby"), { head: 0, first: 1 });
  });

  test("heads gives those of many rooms in the order in which they were asked for, 0 for one never stored", async (store) => {
    const names = Array.from({ length: MAX_HEADS - 3 }, (_, index) => `room ${index}`);
    await store.append("lobby", drafts(5));
    await store.append("\u0000", drafts(2));
    await store.append("room 7", drafts(3));
    const heads = await store.heads(["lobby", ...names, "\u0000", "lobby"]);
    assert.equal(heads.length, MAX_HEADS);
    const found = [0, 8, -2, -1].map((index) => heads.at(index)!);
    assert.deepEqual(
      found.map(({ head, last }) => [head, last]),
      [
        [5, "m5"],
        [3, "m3"],
        [2, "m2"],
        [5, "m5"],
      ],
    );
    assert.deepEqual([heads[1]?.head, heads[1]?.last], [0, undefined]);
    assert.deepEqual(await store.heads([]), []);
    await assert.rejects(store.heads([...names, ...names]), failsWith("invalid"));
  });

  test("history pages both ways without a gap or an overlap", async (store) => {
    await store.append("lobby", drafts(25));
    const down: number[] = [];
    for (let before = 26; before > 1; before = down[0]!) {
      const { events, head, first } = await store.read("lobby", { before, limit: 10 });
      assert.deepEqual({ head, first }, { head: 25, first: 1 });
      down.unshift(...events.map(({ seq }) => seq));
    }
    const up: number[] = [];
    for (let after = 0; after < 25; after = up.at(-1)!) {
      up.push(...(await store.read("lobby", { after, limit: 10 })).events.map(({ seq }) => seq));
    }
    const all = Array.from({ length: 25 }, (_, i) => i + 1);
    assert.deepEqual([down, up], [all, all]);
  });

  test("ranges at and past the ends give what there is", async (store) => {
    await store.append("lobby", drafts(5));
    const cases: [Parameters<Store["read"]>[1], number[]][] = [
      [{ after: 5, limit: 10 }, []],
      [{ after: 99, limit: 10 }, []],
      [{ after: 3, limit: 0 }, []],
      [{ before: 0, limit: 10 }, []],
      [{ before: 1, limit: 10 }, []],
      [{ before: 3, limit: 10 }, [1, 2]],
      [{ before: 99, limit: 2 }, [4, 5]],
      [{ before: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER }, [1, 2, 3, 4, 5]],
    ];
    for (const [range, seqs] of cases) {
      const { events } = await store.read("lobby", range);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        seqs,
        JSON.stringify(range),
      );
    }
  });

  test("P7 no page holds more than the most a page may hold", async (store) => {
    await store.append("lobby", drafts(MAX_APPEND));
    await store.append("lobby", drafts(5, "n"));
    const up = await store.read("lobby", { after: 0, limit: MAX_READ * 2 });
    const down = await store.read("lobby", { before: 9999, limit: MAX_READ * 2 });
    assert.deepEqual([up.events.length, up.events[0]?.seq], [MAX_READ, 1]);
    assert.deepEqual([down.events.length, down.events.at(-1)?.seq], [MAX_READ, MAX_APPEND + 5]);
  });

  test("P7 no page holds more bytes than a page may hold, from whichever end it is read, and none is empty", async (store) => {
    const long = (id: string): Draft => draft(id, { text: "ä".repeat(32_768) }); // 64 KiB
    await store.append(
      "lobby",
      [1, 2, 3, 4, 5, 6].map((number) => long(`m${number}`)),
    );
    await store.append("lobby", [draft("short"), draft("huge", { text: "x".repeat(MAX_READ_BYTES + 1) })]);
    const seqs = async (range: Parameters<Store["read"]>[1]) =>
      (await store.read("lobby", range)).events.map(({ seq }) => seq);
    assert.deepEqual(await seqs({ after: 0, limit: 10 }), [1, 2, 3, 4]);
    assert.deepEqual(await seqs({ after: 4, limit: 10 }), [5, 6, 7]);
    assert.deepEqual(await seqs({ after: 7, limit: 10 }), [8]);
    assert.deepEqual(await seqs({ before: 9, limit: 10 }), [8]);
    assert.deepEqual(await seqs({ before: 8, limit: 10 }), [4, 5, 6, 7]);
    assert.deepEqual(await seqs({ before: 7, limit: 2 }), [5, 6]);
  });

  test("P6 find settles sends called before it, each one there or not", async (store) => {
    const append = store.append("lobby", drafts(2));
    const found = await store.find("lobby", "ada", ["m2", "nobody's", "m1"]);
    const [first, second] = await append;
    assert.deepEqual(found, [
      { event: second!.event, trimmed: false },
      undefined,
      { event: first!.event, trimmed: false },
    ]);
    assert.deepEqual(await store.find("lobby", "bob", ["m1"]), [undefined]);
  });
}
