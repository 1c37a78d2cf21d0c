import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { StoreError, type StoreErrorCode } from "./errors.ts";
import { type Draft, MAX_APPEND, MAX_FIND, MAX_READ, MAX_READ_BYTES, type Store } from "./store.ts";

/** What a suite needs of a store: a fresh one for each test, and an end for what it left. */
export interface OpenedStore {
  store: Store;
  /** Closes the store and removes its files. */
  end(): Promise<void>;
}

export function draft(
  id: string,
  over: { text?: string; sender?: string; name?: string; at?: number } = {},
): Draft {
  const { text = `text of ${id}`, sender = "ada", name = "Ada", at = 1_700_000_000_000 } = over;
  return { kind: "message", id, at, from: { id: sender, name }, text };
}

export function drafts(count: number, prefix = "m"): Draft[] {
  return Array.from({ length: count }, (_, i) => draft(`${prefix}${i + 1}`));
}

export function failsWith(code: StoreErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code;
}

/**
 * What every store must do, in memory, in a file or on another machine. Titles cite the promises P1 to P9.
 */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.end());

    const texts = async (room: string) =>
      (await store.read(room, { after: 0, limit: 1000 })).events.map((e) => e.text);

    test("a room never stored has head 0, first 1, no events, and asking does not store it", async () => {
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

    test("P2 seqs are dense from 1 in each room, in the order of the drafts", async () => {
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

    test("P2 the event that append answers is the event that read gives, to the byte", async () => {
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

    test("what a caller's draft carries besides is neither stored nor answered", async () => {
      const from = { id: "ada", name: "Ada", session: "secret" };
      const [appended] = await store.append("lobby", [{ ...draft("a"), from }]);
      assert.deepEqual(appended?.event.from, { id: "ada", name: "Ada" });
    });

    test("P3 a retry gets the original event back, even with another text, name or time", async () => {
      const [original] = await store.append("lobby", [draft("a", { text: "first" })]);
      await store.append("lobby", [draft("b")]);
      const [retry] = await store.append("lobby", [draft("a", { text: "second", name: "Eve", at: 5 })]);
      assert.deepEqual(retry, { event: original!.event, again: true, trimmed: false });
      assert.deepEqual(await store.head("lobby"), { head: 2, first: 1 });
    });

    test("P3 one id twice in a batch, or in two calls at once, is one event", async () => {
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

    test("P3 the same id of another sender, or in another room, is another event", async () => {
      await store.append("lobby", [draft("a")]);
      const [bob] = await store.append("lobby", [draft("a", { sender: "bob" })]);
      const [other] = await store.append("other", [draft("a")]);
      assert.deepEqual([bob?.event.seq, bob?.again, other?.event.seq, other?.again], [2, false, 1, false]);
    });

    test("P4 calls made without waiting stand in the log in the order of the calls", async () => {
      const calls = Array.from({ length: 50 }, (_, i) =>
        store.append("lobby", [draft(`a${i}`, { text: `${i}` })]),
      );
      await Promise.all(calls);
      assert.deepEqual(
        await texts("lobby"),
        Array.from({ length: 50 }, (_, i) => `${i}`),
      );
    });

    test("P9 a call with a bad draft stores none of its drafts and does not touch its neighbours", async () => {
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
      assert.deepEqual(await texts("lobby"), ["text of a", "text of c"]);
    });

    test("P9 what is no room, id, number or kind is refused as invalid", async () => {
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

    test("history pages both ways without a gap or an overlap", async () => {
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

    test("ranges at and past the ends give what there is", async () => {
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

    test("P7 no page holds more than the most a page may hold", async () => {
      await store.append("lobby", drafts(MAX_APPEND));
      await store.append("lobby", drafts(5, "n"));
      const up = await store.read("lobby", { after: 0, limit: MAX_READ * 2 });
      const down = await store.read("lobby", { before: 9999, limit: MAX_READ * 2 });
      assert.deepEqual([up.events.length, up.events[0]?.seq], [MAX_READ, 1]);
      assert.deepEqual([down.events.length, down.events.at(-1)?.seq], [MAX_READ, MAX_APPEND + 5]);
    });

    test("P7 no page holds more bytes than a page may hold, from whichever end it is read, and none is empty", async () => {
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

    test("P6 find settles sends called before it, each one there or not", async () => {
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

    test("P3 ids outlive trimmed events: a retry is told its seq, and that the text is gone", async () => {
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

    test("P5 reading a trimmed range gives what is left, and says where that begins", async () => {
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

    test("P2 a room trimmed to nothing goes on with the next seq", async () => {
      await store.append("lobby", drafts(3));
      assert.equal(await store.trim({ maxEvents: 0 }), 3);
      assert.deepEqual(await store.read("lobby", { after: 0, limit: 5 }), { head: 3, first: 4, events: [] });
      const [next] = await store.append("lobby", [draft("next")]);
      assert.equal(next?.event.seq, 4);
      assert.deepEqual(await store.head("lobby"), { head: 4, first: 4 });
    });

    test("retention by age stops at the first event that is young, wherever the clock went", async () => {
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

    test("retention reaches every room, however many events there are to remove", async () => {
      for (const room of ["a", "b", "c"]) await store.append(room, drafts(700));
      for (let i = 0; i < 60; i++) await store.append(`small-${i}`, drafts(2));
      assert.equal(await store.trim({ maxEvents: 1 }), 3 * 699 + 60);
      for (const room of ["a", "b", "c"]) assert.deepEqual(await store.head(room), { head: 700, first: 700 });
      assert.deepEqual(await store.head("small-59"), { head: 2, first: 2 });
    });

    test("a person's list holds the rooms they joined, by name, in pages", async () => {
      for (const room of ["b", "a", "c"]) await store.joinRoom("ada", room);
      await store.append("not-joined", [draft("x")]);
      await store.joinRoom("bob", "z");
      const empty = (room: string) => ({ room, head: 0, read: 0, unread: 0 });
      assert.deepEqual(await store.rooms("ada"), ["a", "b", "c"].map(empty));
      assert.deepEqual(await store.rooms("ada", { after: "a", limit: 1 }), [empty("b")]);
      await store.leaveRoom("ada", "b");
      await store.leaveRoom("ada", "never joined");
      assert.deepEqual(
        (await store.rooms("ada")).map(({ room }) => room),
        ["a", "c"],
      );
      assert.deepEqual(await store.rooms("nobody"), []);
    });

    test("a list that has as many rooms as it may takes no other, and keeps what it has", async () => {
      assert.equal(await store.joinRoom("ada", "a", 0), undefined);
      assert.deepEqual(await store.rooms("ada"), []);
      for (const room of ["c", "a", "b"]) assert.ok(await store.joinRoom("ada", room, 3));
      assert.equal(await store.joinRoom("ada", "d", 3), undefined);
      assert.deepEqual(await store.joinRoom("ada", "c", 0), { read: 0, unread: 0 });
      assert.ok(await store.joinRoom("bob", "d", 1));
      await store.leaveRoom("ada", "b");
      assert.ok(await store.joinRoom("ada", "d", 3));
      const names = (await store.rooms("ada")).map(({ room }) => room);
      assert.deepEqual(names, ["a", "c", "d"]);
    });

    test("who joins has read everything so far, and joining again changes nothing", async () => {
      await store.append("lobby", drafts(3));
      assert.deepEqual(await store.joinRoom("bob", "lobby"), { read: 3, unread: 0 });
      await store.append("lobby", drafts(2, "n"));
      assert.deepEqual(await store.joinRoom("bob", "lobby"), { read: 3, unread: 2 });
      assert.deepEqual(await store.rooms("bob"), [{ room: "lobby", head: 5, read: 3, unread: 2 }]);
    });

    test("a read position moves only forward and never past the head", async () => {
      await store.joinRoom("bob", "lobby");
      await store.append("lobby", drafts(5));
      assert.deepEqual(await store.markRead("bob", "lobby", 3), { read: 3, unread: 2 });
      assert.deepEqual(await store.markRead("bob", "lobby", 1), { read: 3, unread: 2 });
      assert.deepEqual(await store.markRead("bob", "lobby", 99), { read: 5, unread: 0 });
      await store.append("lobby", drafts(1, "n"));
      assert.deepEqual(await store.markRead("bob", "lobby", 0), { read: 5, unread: 1 });
      assert.equal(await store.markRead("stranger", "lobby", 1), undefined);
      assert.deepEqual(await store.rooms("stranger"), []);
    });

    test("unread counts leave out what was trimmed", async () => {
      await store.joinRoom("bob", "lobby");
      await store.append("lobby", drafts(10));
      await store.trim({ maxEvents: 4 });
      assert.deepEqual(await store.markRead("bob", "lobby", 2), { read: 2, unread: 4 });
      assert.deepEqual(await store.markRead("bob", "lobby", 7), { read: 7, unread: 3 });
      await store.trim({ maxEvents: 0 });
      assert.deepEqual(await store.rooms("bob"), [{ room: "lobby", head: 10, read: 7, unread: 0 }]);
    });

    test("numbers for plain clients begin at 1 in a new log and are never given twice", async () => {
      assert.equal(await store.takeNumber(), 1);
      const numbers = await Promise.all(Array.from({ length: 50 }, () => store.takeNumber()));
      assert.deepEqual([new Set(numbers).size, numbers.includes(1)], [50, false]);
      assert.ok(numbers.every((number) => Number.isSafeInteger(number) && number > 0));
    });

    test("changes give a mark that the next call takes, and name no room to which nobody appended since", async () => {
      await store.append("old", [draft("a")]);
      const begin = await store.changes();
      assert.deepEqual(begin.rooms, []);
      await store.append("lobby", drafts(3));
      const { mark, rooms } = await store.changes(begin.mark);
      assert.ok(
        rooms.every(({ room, head }) => room === "lobby" && head === 3),
        JSON.stringify(rooms),
      );
      assert.deepEqual((await store.changes(mark)).rooms, []);
    });

    test("a probe writes, and changes nothing that anybody reads", async () => {
      await store.append("lobby", drafts(2));
      await store.probe();
      await store.probe();
      assert.deepEqual(await texts("lobby"), ["text of m1", "text of m2"]);
      assert.deepEqual(await store.head("lobby"), { head: 2, first: 1 });
    });

    test("close finishes the writes that were called before and refuses what comes after", async () => {
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
  });
}
