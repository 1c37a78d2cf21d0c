import assert from "node:assert/strict";
import { draft, drafts, type StoreTest } from "./support.ts";

/** People's lists of rooms, their read positions and their numbers. */
export function peopleContract(test: StoreTest): void {
  test("a person's list holds the rooms they joined, by name, in pages", async (store) => {
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

  test("names are in the order of their bytes in UTF-8, whatever they are made of", async (store) => {
    const inOrder = [
      "\u0000",
      "\u0000a",
      "\u0001",
      "\u00010",
      "\u0002",
      "A",
      "Z",
      "a",
      "a\u0000",
      "ab",
      "ä",
      "\uffee",
      "😀",
    ];
    for (const room of inOrder.toReversed()) await store.joinRoom("ada", room);
    const names = (await store.rooms("ada")).map(({ room }) => room);
    assert.deepEqual(names, inOrder);
    assert.deepEqual(
      (await store.rooms("ada", { after: "\u0000a", limit: 1 })).map(({ room }) => room),
      ["\u0001"],
    );
  });

  test("a list that has as many rooms as it may takes no other, and keeps what it has", async (store) => {
    assert.equal(await store.joinRoom("ada", "a", 0), undefined);
    assert.deepEqual(await store.rooms("ada"), []);
    for (const room of ["c", "a", "b"]) assert.ok(await store.joinRoom("ada", room, 3));
    assert.equal(await store.joinRoom("ada", "d", 3), undefined);
    assert.deepEqual(await store.joinRoom("ada", "c", 0), {
      ...{ read: 0, unread: 0, head: 0, first: 1 },
      isNew: false,
    });
    assert.ok(await store.joinRoom("bob", "d", 1));
    await store.leaveRoom("ada", "b");
    assert.ok(await store.joinRoom("ada", "d", 3));
    const names = (await store.rooms("ada")).map(({ room }) => room);
    assert.deepEqual(names, ["a", "c", "d"]);
  });

  test("who joins has read everything so far, and joining again changes nothing", async (store) => {
    await store.append("lobby", drafts(3));
    const atFirst = { read: 3, unread: 0, head: 3, first: 1, isNew: true };
    assert.deepEqual(await store.joinRoom("bob", "lobby"), atFirst);
    await store.append("lobby", drafts(2, "n"));
    const later = { read: 3, unread: 2, head: 5, first: 1, isNew: false };
    assert.deepEqual(await store.joinRoom("bob", "lobby"), later);
    await store.leaveRoom("bob", "lobby");
    assert.deepEqual(await store.joinRoom("bob", "lobby"), { ...later, read: 5, unread: 0, isNew: true });
    assert.deepEqual(await store.joinRoom("bob", "lobby"), { ...later, read: 5, unread: 0 });
    await store.trim({ maxEvents: 1 });
    assert.deepEqual(await store.joinRoom("bob", "lobby"), { ...later, read: 5, unread: 0, first: 5 });
    await store.append("lobby", drafts(1, "o"));
    const trimmed = { ...later, read: 5, unread: 1, head: 6, first: 5 };
    assert.deepEqual(await store.joinRoom("bob", "lobby"), trimmed);
    assert.deepEqual(await store.rooms("bob"), [{ room: "lobby", head: 6, read: 5, unread: 1 }]);
  });

  test("a read position moves only forward and never past the head", async (store) => {
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

  test("unread counts leave out what was trimmed", async (store) => {
    await store.joinRoom("bob", "lobby");
    await store.append("lobby", drafts(10));
    await store.trim({ maxEvents: 4 });
    assert.deepEqual(await store.markRead("bob", "lobby", 2), { read: 2, unread: 4 });
    assert.deepEqual(await store.markRead("bob", "lobby", 7), { read: 7, unread: 3 });
    await store.trim({ maxEvents: 0 });
    assert.deepEqual(await store.rooms("bob"), [{ room: "lobby", head: 10, read: 7, unread: 0 }]);
  });

  test("numbers for plain clients begin at 1 in a new log and are never given twice", async (store) => {
    assert.equal(await store.takeNumber(), 1);
    const numbers = await Promise.all(Array.from({ length: 50 }, () => store.takeNumber()));
    assert.deepEqual([new Set(numbers).size, numbers.includes(1)], [50, false]);
    assert.ok(numbers.every((number) => Number.isSafeInteger(number) && number > 0));
  });
}
