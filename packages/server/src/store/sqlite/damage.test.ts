import assert from "node:assert/strict";
import { closeSync, cpSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { drafts, failsWith } from "../contract.ts";
import { StoreError } from "../errors.ts";
import type { Store, StoredEvent } from "../store.ts";
import { check } from "./check.ts";
import { openSqliteStore } from "./open.ts";
import { crash, readAll, seeded, tempDir, tempStore } from "./testing.ts";
import { walIsSound } from "./wal.ts";

const MUTATIONS = 20;
const ROOMS = [0, 1, 2, 3, 4].map((r) => `room-${r}`);
/** One call is one transaction here, and the last one in the WAL cannot be told from a write cut short. */
const BATCH = 5;

describe("Damage", { concurrency: 4 }, () => {
  const folders: (() => unknown)[] = [];
  let base = "";
  let copies = 0;
  const expected = new Map<string, StoredEvent[]>();

  before(async () => {
    const dir = await tempDir({ after: (remove) => folders.push(remove as () => unknown) });
    base = join(dir, "base");
    // A part that is in the database, and a part that is in the WAL only.
    const store = await openSqliteStore({ dataDir: base });
    for (const room of ROOMS) await store.append(room, drafts(400, "old"));
    await store.close();
    await crash(base, { lines: 200, writers: 1, batch: BATCH, prefix: "new" });
    await withCopy("untouched", async (copy) => {
      for (const room of ROOMS) expected.set(room, await readAll(copy, room));
    });
  });
  after(async () => {
    for (const remove of folders) await remove();
  });

  function copyOf(what: string): string {
    copies += 1;
    const dir = `${base}-${copies}-${what}`;
    cpSync(base, dir, { recursive: true });
    // What the processes that had it open shared; a copy is opened for the first time.
    rmSync(join(dir, "natter.db-shm"), { force: true });
    return dir;
  }

  async function withCopy(what: string, work: (store: Store) => Promise<void>): Promise<void> {
    const store = await openSqliteStore({ dataDir: copyOf(what) });
    try {
      await work(store);
    } finally {
      await store.close();
    }
  }

  function flip(file: string, seed: number): string {
    const random = seeded(seed);
    const bytes = readFileSync(file);
    const at: number[] = [];
    for (let n = 1 + random(8); n > 0; n--) {
      const offset = random(bytes.length);
      bytes[offset] = bytes[offset]! ^ (1 << random(8));
      at.push(offset);
    }
    writeFileSync(file, bytes);
    return `${file} at ${at}`;
  }

  function assertRefusal(error: unknown, what: string): void {
    assert.ok(error instanceof StoreError, `${what}: ${error}`);
    assert.ok(error.code === "damaged" || error.code === "newer", `${what}: ${error.code} ${error.message}`);
    assert.match(error.message, /^[^\n]{20,400}\.$/, what);
  }

  /** Pages that are there are right, page by page; gives how many events are missing at the end. */
  async function compare(store: Store, room: string, what: string): Promise<number> {
    const right = expected.get(room)!;
    for (let seq = 0; seq < right.length; seq += 50) {
      try {
        const { events, head } = await store.read(room, { after: seq, limit: 50 });
        assert.deepEqual(events, right.slice(seq, Math.min(seq + 50, head)), what);
        if (head < right.length) return right.length - head;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        assertRefusal(error, what);
      }
    }
    return 0;
  }

  for (let seed = 1; seed <= MUTATIONS; seed++) {
    const target = seed % 2 === 0 ? "natter.db" : "natter.db-wal";
    test(`P1 P2 flipped bits in ${target} (seed ${seed}) are refused, or nothing wrong is ever read`, async () => {
      const dataDir = copyOf(`seed-${seed}`);
      const what = flip(join(dataDir, target), seed);
      let store: Store;
      try {
        store = await openSqliteStore({ dataDir });
      } catch (error) {
        return assertRefusal(error, what);
      }
      try {
        let missing = 0;
        for (const room of ROOMS) missing += await compare(store, room, what);
        assert.ok(missing <= BATCH, `${what}: ${missing} acknowledged events are missing without a word`);
      } finally {
        await store.close();
      }
    });
  }

  test("P1 a WAL that is wrong before its last transaction is refused, and check says the same", async () => {
    const wal = readFileSync(join(base, "natter.db-wal"));
    const places = {
      header: 16,
      "first frame": 40,
      "a page in the middle": wal.length / 2,
      "its salt": 32 + 4120 + 9,
    };
    for (const [what, at] of Object.entries(places)) {
      const dataDir = copyOf(what.replaceAll(" ", "-"));
      const file = join(dataDir, "natter.db-wal");
      const bytes = Buffer.from(wal);
      bytes[Math.floor(at)] = bytes[Math.floor(at)]! ^ 4;
      writeFileSync(file, bytes);
      assert.equal((await check(dataDir)).ok, false, what);
      await assert.rejects(openSqliteStore({ dataDir }), (error: StoreError) => {
        return failsWith("damaged")(error) && error.message.includes(file);
      });
    }
  });

  test("a WAL cut anywhere is what a crash leaves: it is opened, with a beginning of what was written", async () => {
    const wal = readFileSync(join(base, "natter.db-wal"));
    const random = seeded(7);
    for (let i = 0; i < 50; i++) {
      const file = join(base, "..", "cut-wal");
      writeFileSync(file, wal.subarray(0, random(wal.length)));
      const fd = openSync(file, "r");
      assert.equal(walIsSound(fd), true);
      closeSync(fd);
    }
    assert.ok(statSync(join(base, "natter.db-wal")).size > 100_000);
  });

  for (const [what, content] of [
    ["text", "this is no database at all, but somebody's diary".repeat(200)],
    ["nothing but zeros", Buffer.alloc(8192)],
  ] as const) {
    test(`a file of ${what} in the place of the database is refused with one sentence`, async () => {
      const dataDir = copyOf("other");
      rmSync(join(dataDir, "natter.db-wal"));
      writeFileSync(join(dataDir, "natter.db"), content);
      await assert.rejects(openSqliteStore({ dataDir }), (error) => {
        assertRefusal(error, what);
        return true;
      });
    });
  }

  for (const [what, sql] of [
    ["a head that is too low", "UPDATE rooms SET head = head - 1 WHERE name = 'room-1'"],
    ["a head that is too high", "UPDATE rooms SET head = head + 1 WHERE name = 'room-1'"],
    ["a first that is too high", "UPDATE rooms SET first = 2 WHERE name = 'room-1'"],
    ["a lost room", "DELETE FROM rooms WHERE name = 'room-1'"],
    ["a room of another name", "UPDATE rooms SET name = 'room-l' WHERE name = 'room-1'"],
    ["a wrong count of messages", "UPDATE rooms SET messages = messages + 1 WHERE name = 'room-1'"],
  ] as const) {
    test(`P2 P3 ${what} is refused on every way to the room, and the other rooms go on`, async (t) => {
      const dataDir = copyOf("row");
      const db = new DatabaseSync(join(dataDir, "natter.db"));
      db.exec(sql);
      db.close();
      const store = await tempStore(t, { dataDir });
      const [one] = drafts(1, "more");
      const results = await Promise.allSettled([
        store.head("room-1"),
        store.read("room-1", { after: 0, limit: 1 }),
        store.append("room-1", [one!]),
        store.find("room-1", "ada", ["old1"]),
        store.joinRoom("ada", "room-1"),
      ]);
      for (const result of results) {
        assert.equal(result.status, "rejected");
        assertRefusal(result.reason, what);
        assert.equal(result.reason.code, "damaged");
      }
      const next = expected.get("room-2")!.length + 1;
      assert.equal((await store.append("room-2", [one!]))[0]?.event.seq, next);
    });
  }

  for (const [what, sql] of [
    ["a text nobody wrote", "UPDATE events SET text = 'I never said that' WHERE id = 'old75'"],
    ["a changed sender", "UPDATE events SET sender = 'eve' WHERE id = 'old75'"],
    ["a lost event", "DELETE FROM events WHERE id = 'old75'"],
  ] as const) {
    test(`P2 P6 ${what} is never read, and the pages beside it are`, async (t) => {
      const dataDir = copyOf("event");
      const db = new DatabaseSync(join(dataDir, "natter.db"));
      db.exec(sql);
      db.close();
      const store = await tempStore(t, { dataDir });
      await assert.rejects(store.read("room-1", { after: 50, limit: 50 }), failsWith("damaged"));
      await assert.rejects(store.find("room-1", "ada", ["old75"]), failsWith("damaged"));
      const right = expected.get("room-1")!;
      assert.deepEqual((await store.read("room-1", { after: 0, limit: 74 })).events, right.slice(0, 74));
      assert.deepEqual((await store.read("room-1", { after: 75, limit: 50 })).events, right.slice(75, 125));
    });
  }
});
