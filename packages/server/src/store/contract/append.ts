import assert from "node:assert/strict";
import { type Draft, MAX_APPEND, MAX_FIND } from "../store.ts";
import { draft, drafts, failsWith, type StoreTest, textsOf } from "./support.ts";

/** Appending: order, retries, and what is refused. */
export function appendContract(test: StoreTest): void {
  test("P2 seqs are dense from 1 in each room, in the order of the drafts", async (store) => {
    const first = await store.append("lobby", drafts(3));
    const other = await store.append("other", drafts(2));
    const more = await store.append("lobby", drafts(2, "n"));
    const seqs = [first, other, more].map((list) => list.map(({ event }) => event.seq));
    assert.deepEqual(seqs, [
      [1, 2, 3],
      [1, 2],
      [4, 5],
    ]);
    assert.deepEqual(await store.head("lobby"), { head: 5, first: 1 });
  });

  test("P2 the event that append answers is the event that read gives, to the byte", async (store) => {
    const strange = [
      "",
      "a\u0000b",
      "😀 é ﷽",
      "lone \ud800 surrogate",
      "x".repeat(100_000),
      "'); DROP TABLE events; --",
    ];
    const given = strange.map((text, i) => draft(`s${i}`, { text, name: `Näme ${i}` }));
    const plain: Draft = { ...draft("p"), from: { id: "p1", name: "1", plain: true } };
    const appended = await store.append("Zimmer-ß", [...given, plain]);
    const { events } = await store.read("Zimmer-ß", { after: 0, limit: 100 });
    assert.deepEqual(
      events,
      appended.map(({ event }) => event),
    );
    assert.equal(events[3]?.text, "lone \ufffd surrogate");
    assert.equal(events[6]?.from.plain, true);
    assert.equal("plain" in events[0]!.from, false);
  });

  test("what a caller's draft carries besides is neither stored nor answered", async (store) => {
    const from = { id: "ada", name: "Ada", session: "secret" };
    const [appended] = await store.append("lobby", [{ ...draft("a"), from }]);
    assert.deepEqual(appended?.event.from, { id: "ada", name: "Ada" });
  });

  test("P3 a retry gets the original event back, even with another text, name or time", async (store) => {
    const [original] = await store.append("lobby", [draft("a", { text: "first" })]);
    await store.append("lobby", [draft("b")]);
    const [retry] = await store.append("lobby", [draft("a", { text: "second", name: "Eve", at: 5 })]);
    assert.deepEqual(retry, { event: original!.event, again: true, trimmed: false });
    assert.deepEqual(await store.head("lobby"), { head: 2, first: 1 });
  });

  test("P3 one id twice in a batch, or in two calls at once, is one event", async (store) => {
    const batch = await store.append("lobby", [
      draft("a", { text: "1" }),
      draft("b"),
      draft("a", { text: "2" }),
    ]);
    assert.deepEqual(
      batch.map(({ event, again }) => [event.seq, again]),
      [
        [1, false],
        [2, false],
        [1, true],
      ],
    );
    const twins = await Promise.all([
      store.append("lobby", [draft("c")]),
      store.append("lobby", [draft("c")]),
    ]);
    assert.deepEqual(
      twins.flat().map(({ event, again }) => [event.seq, again]),
      [
        [3, false],
        [3, true],
      ],
    );
  });

  test("P3 the same id of another sender, or in another room, is another event", async (store) => {
    await store.append("lobby", [draft("a")]);
    const [bob] = await store.append("lobby", [draft("a", { sender: "bob" })]);
    const [other] = await store.append("other", [draft("a")]);
    assert.deepEqual([bob?.event.seq, bob?.again, other?.event.seq, other?.again], [2, false, 1, false]);
  });

  test("P3 names and ids that differ in a control character alone are different ones, and come back as they were", async (store) => {
    const names = ["a\u0000b", "a\u0001b", "a\u00010b", "a\u00011b", "ab", "\u0000", "\u0001"];
    for (const name of names) {
      await store.append(
        name,
        names.map((id) => draft(id, { sender: name, name, text: name })),
      );
    }
    for (const name of names) {
      const { events } = await store.read(name, { after: 0, limit: 100 });
      assert.deepEqual(
        events.map(({ room, id, from, text }) => [room, id, from.id, from.name, text]),
        names.map((id) => [name, id, name, name, name]),
      );
      const found = await store.find(name, name, names);
      assert.deepEqual(
        found.map((each) => each?.event.seq),
        names.map((_, index) => index + 1),
      );
    }
  });

  test("P4 calls made without waiting stand in the log in the order of the calls", async (store) => {
    const calls = Array.from({ length: 50 }, (_, i) =>
      store.append("lobby", [draft(`a${i}`, { text: `${i}` })]),
    );
    await Promise.all(calls);
    assert.deepEqual(
      await textsOf(store, "lobby"),
      Array.from({ length: 50 }, (_, i) => `${i}`),
    );
  });

  test("P9 a call with a bad draft stores none of its drafts and does not touch its neighbours", async (store) => {
    const bad = { ...draft("bad"), at: Number.NaN };
    const results = await Promise.allSettled([
      store.append("lobby", [draft("a")]),
      store.append("lobby", [draft("b"), bad]),
      store.append("lobby", [draft("c")]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(await textsOf(store, "lobby"), ["text of a", "text of c"]);
  });

  test("P9 what is no room, id, number or kind is refused as invalid", async (store) => {
    const calls: [string, () => Promise<unknown>][] = [
      ["empty room", () => store.append("", [draft("a")])],
      ["ill-formed room", () => store.head("\ud800")],
      ["empty id", () => store.append("lobby", [draft("")])],
      ["empty sender", () => store.append("lobby", [draft("a", { sender: "" })])],
      ["unknown kind", () => store.append("lobby", [{ ...draft("a"), kind: "edit" as "message" }])],
      ["text that is none", () => store.append("lobby", [{ ...draft("a"), text: 5 as unknown as string }])],
      ["fractional time", () => store.append("lobby", [draft("a", { at: 0.5 })])],
      ["too many drafts", () => store.append("lobby", drafts(MAX_APPEND + 1))],
      ["too many ids", () => store.find("lobby", "ada", new Array(MAX_FIND + 1).fill("a"))],
      ["negative after", () => store.read("lobby", { after: -1, limit: 1 })],
      ["fractional limit", () => store.read("lobby", { before: 1, limit: 0.5 })],
      ["no seq", () => store.markRead("ada", "lobby", Number.NaN)],
      ["negative retention", () => store.trim({ maxEvents: -1 })],
    ];
    for (const [what, call] of calls) await assert.rejects(call, failsWith("invalid"), what);
    assert.deepEqual(await store.head("lobby"), { head: 0, first: 1 });
  });
}
