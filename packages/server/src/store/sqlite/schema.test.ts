import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { draft, failsWith } from "../contract.ts";
import { openSqliteStore } from "./open.ts";
import { SQL } from "./queries.ts";
import { homeKey } from "./room-key.ts";
import { toRow } from "./row.ts";
import { definitions, MIGRATIONS, type Migration, migrate, versionOf } from "./schema.ts";
import { tempDir } from "./testing.ts";

/** What a server of version 1 wrote: never edited, whatever the schema becomes. */
const VERSION_1 = `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rooms (
    room INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    head INTEGER NOT NULL,
    first INTEGER NOT NULL,
    messages INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE events (
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    name TEXT NOT NULL,
    plain INTEGER NOT NULL,
    text TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ids (
    room INTEGER NOT NULL,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, sender, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE members (
    person TEXT NOT NULL,
    room TEXT NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY (person, room)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('epoch', 'epoch-of-version-1');
  INSERT INTO rooms VALUES (82866033059769, 'lobby', 2, 1, 2);
  INSERT INTO events VALUES (82866033059769, 1, 1, 'message', 'a', 1700000000000, 'p1', 'Ada', 0, 'hi', 3710509520);
  INSERT INTO events VALUES (82866033059769, 2, 2, 'message', 'b', 1700000000001, 'p2', '1', 1, 'Grüße', 4058963962);
  INSERT INTO ids VALUES (82866033059769, 'p1', 'a', 1), (82866033059769, 'p2', 'b', 2);
  INSERT INTO members VALUES ('p1', 'lobby', 1);
  PRAGMA application_id = 1853125746;
  PRAGMA user_version = 1;
`;

const NEXT: readonly Migration[] = [
  ...MIGRATIONS,
  {
    version: MIGRATIONS.length + 1,
    sql: "ALTER TABLE rooms ADD COLUMN topic TEXT; CREATE TABLE extra (a TEXT) STRICT",
  },
];

describe("Migrations", () => {
  test("a database of version 1 is opened with everything in it", async (t) => {
    const dataDir = await tempDir(t);
    const db = new DatabaseSync(join(dataDir, "natter.db"));
    db.exec(VERSION_1);
    db.close();
    const store = await openSqliteStore({ dataDir });
    t.after(() => store.close());
    assert.equal(store.epoch, "epoch-of-version-1");
    const { events, head } = await store.read("lobby", { after: 0, limit: 10 });
    assert.equal(head, 2);
    assert.deepEqual(events[1], {
      kind: "message",
      room: "lobby",
      seq: 2,
      id: "b",
      at: 1_700_000_000_001,
      from: { id: "p2", name: "1", plain: true },
      text: "Grüße",
    });
    assert.deepEqual(await store.rooms("p1"), [{ room: "lobby", head: 2, read: 1, unread: 1 }]);
    const [again] = await store.append("lobby", [draft("a", { sender: "p1" })]);
    assert.deepEqual([again?.event.seq, again?.again], [1, true]);
  });

  test("an empty file becomes the newest version, step by step the same as at once", () => {
    const atOnce = new DatabaseSync(":memory:");
    migrate(atOnce, "file", "e", NEXT);
    const inSteps = new DatabaseSync(":memory:");
    migrate(inSteps, "file", "e");
    assert.equal(versionOf(inSteps), MIGRATIONS.length);
    migrate(inSteps, "file", "other", NEXT);
    assert.equal(versionOf(inSteps), MIGRATIONS.length + 1);
    assert.equal(definitions(inSteps), definitions(atOnce));
    assert.equal(inSteps.prepare(SQL.epoch).get()?.value, "e", "a step later on must not touch the epoch");
  });

  test("a step that fails leaves the version before it as it was", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db, "file", "e");
    const before = definitions(db);
    const failing = [
      ...MIGRATIONS,
      { version: 2, sql: "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)" },
    ];
    assert.throws(() => migrate(db, "file", "e", failing), /nowhere/);
    assert.deepEqual([definitions(db), versionOf(db), db.isTransaction], [before, 1, false]);
  });

  test("a database of a newer natter is refused with one sentence", async (t) => {
    const dataDir = await tempDir(t);
    const db = new DatabaseSync(join(dataDir, "natter.db"));
    migrate(db, "file", "e", NEXT);
    db.close();
    await assert.rejects(openSqliteStore({ dataDir }), (error: Error) => {
      assert.match(error.message, /^\S+natter\.db was written by a newer natter \(version 2.*\): [^.]+\.$/);
      return failsWith("newer")(error);
    });
  });

  test("another program's database is refused and left alone", async (t) => {
    const dataDir = join(await tempDir(t), "data");
    mkdirSync(dataDir);
    const file = join(dataDir, "natter.db");
    const theirs = new DatabaseSync(file);
    theirs.exec("CREATE TABLE bookmarks (url TEXT)");
    theirs.close();
    await assert.rejects(openSqliteStore({ dataDir }), failsWith("damaged"));
    using db = new DatabaseSync(file);
    assert.deepEqual(
      db
        .prepare("SELECT name FROM sqlite_schema")
        .all()
        .map(({ name }) => name),
      ["bookmarks"],
    );
  });

  test("room keys and sums are part of the format: they never change", () => {
    assert.equal(homeKey("lobby"), 82_866_033_059_769);
    assert.equal(toRow(1, 2, 3, draft("a"))[9], 1_452_112_542);
  });
});

describe("Query plans", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, "file", "e");

  for (const [name, sql] of Object.entries(SQL)) {
    test(`${name} searches by a primary key: no scan, no sort`, () => {
      const plan = db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => String(detail));
      if (!/^\s*INSERT/.test(sql)) assert.notEqual(plan.length, 0);
      for (const step of plan) assert.match(step, /^SEARCH \w+ USING (INTEGER )?PRIMARY KEY \(/);
    });
  }

  test("a query without an index would be seen", () => {
    const plan = db.prepare("EXPLAIN QUERY PLAN SELECT seq FROM events WHERE id = ? ORDER BY at").all();
    assert.ok(plan.some(({ detail }) => /SCAN/.test(String(detail))));
    assert.ok(plan.some(({ detail }) => /TEMP B-TREE/.test(String(detail))));
  });
});
