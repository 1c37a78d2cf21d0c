import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { draft, drafts, failsWith } from "../contract.ts";
import { openPostgresStore } from "../postgres/open.ts";
import { startProxy } from "../postgres/testing/proxy.ts";
import { noPostgres, type PostgresServer, query, startPostgres } from "../postgres/testing/server.ts";
import { backup, restore } from "../sqlite/backup.ts";
import { lockData } from "../sqlite/lock.ts";
import { openSqliteStore } from "../sqlite/open.ts";
import { tempDir } from "../sqlite/testing.ts";
import type { Store } from "../store.ts";
import { move } from "./move.ts";

const ROOMS = ["lobby", "Zimmer-ß", "a\u0000b", "trimmed to nothing", "long"];

describe("Moving a data folder to PostgreSQL", { skip: noPostgres }, () => {
  let server: PostgresServer;
  let filled: string;
  /** What the store that filled it answered. */
  let original: unknown;
  before(async () => {
    server = await startPostgres();
    filled = await mkdtemp(join(tmpdir(), "natter-move-"));
    const store = await openSqliteStore({ dataDir: filled });
    await fill(store);
    original = await account(store);
    await store.close();
  });
  after(async () => {
    await rm(filled, { recursive: true });
    await server.end();
  });

  /** Everything that a log may have in it. */
  async function fill(store: Store): Promise<void> {
    await store.append("trimmed to nothing", drafts(3));
    await store.append("lobby", drafts(20));
    await store.joinRoom("ada", "lobby");
    await store.trim({ maxEvents: 0 });
    const strange = draft("zero\u0000byte", { text: "a\u0000\u0001b 😀", name: "Näme\u0000" });
    await store.append("lobby", [strange, ...drafts(30, "n")]);
    await store.append("lobby", [{ ...draft("p"), from: { id: "p1", name: "1", plain: true } }]);
    await store.append("Zimmer-ß", [draft("e", { text: "" })]);
    await store.append("a\u0000b", drafts(2));
    await store.append("long", drafts(1_000));
    await store.append("long", drafts(1_000, "o"));
    for (const room of ["lobby", "never written in", "a\u0000b"]) await store.joinRoom("bob\u0000", room);
    await store.markRead("ada", "lobby", 25);
  }

  /** A folder of the test's own with that in it. */
  async function aFolder(t: TestContext): Promise<string> {
    const dataDir = await tempDir(t);
    await cp(filled, dataDir, { recursive: true });
    return dataDir;
  }

  /** All that a store answers about that log. */
  async function account(store: Store): Promise<unknown> {
    const rooms = await Promise.all(
      ROOMS.map(async (room) => [
        await store.head(room),
        await store.read(room, { after: 0, limit: 1000 }),
        await store.read(room, { before: 9_999, limit: 1000 }),
        await store.find(room, "ada", ["m1", "m20", "n7", "o1000", "zero\u0000byte", "nobody's"]),
      ]),
    );
    const people = await Promise.all(["ada", "bob\u0000", "eve"].map((person) => store.rooms(person)));
    return { epoch: store.epoch, rooms, people };
  }

  test("P2 P3 P5 carries over seqs, ids, also of trimmed events, the epoch, lists and read positions", async (t) => {
    const from = await aFolder(t);
    const to = await server.database();
    const { rooms, events, isOld } = await move({ from, to });
    assert.deepEqual([rooms, events, isOld], [5, 2_035, false]);
    const store = await openPostgresStore({ url: to });
    t.after(() => store.close());
    assert.deepEqual(await account(store), original);
    const [again, next] = await store.append("lobby", [draft("m5"), draft("next")]);
    assert.deepEqual([again?.event.seq, again?.trimmed, next?.event.seq], [5, true, 53]);
    const { mark } = await store.changes();
    await store.append("long", [draft("x")]);
    assert.deepEqual((await store.changes(mark)).rooms, [{ room: "long", head: 2_001 }]);
  });

  test("P2 the folder refuses to be served again, and says where its data went, without the password", async (t) => {
    const from = await aFolder(t);
    const to = await server.database();
    const { place } = await move({ from, to });
    await assert.rejects(openSqliteStore({ dataDir: from }), (error: Error) => {
      assert.match(
        error.message,
        /^\S+natter\.db was moved to PostgreSQL at 127\.0\.0\.1:\d+\/test_\d+: [^\n]+\.$/,
      );
      assert.ok(error.message.includes(place) && !error.message.includes("secret"));
      return failsWith("moved")(error);
    });
    lockData(from).release();
    // What is restored from a backup of it is a log of its own.
    const [file, dataDir] = [join(await tempDir(t), "copy.db"), join(await tempDir(t), "data")];
    await backup(from, file);
    await restore(file, dataDir);
    await (await openSqliteStore({ dataDir })).close();
    assert.equal((await move({ from, to })).isOld, true);
    await assert.rejects(move({ from, to: await server.database() }), failsWith("moved"));
  });

  test("P9 nothing is moved from a folder in use, empty or damaged, nor to a database that has rooms or nodes", async (t) => {
    const to = await server.database();
    await assert.rejects(move({ from: await tempDir(t), to }), failsWith("invalid"));

    const inUse = await tempDir(t);
    const store = await openSqliteStore({ dataDir: inUse });
    await store.append("lobby", drafts(2));
    await assert.rejects(move({ from: inUse, to }), failsWith("locked"));
    await store.close();

    const node = await openPostgresStore({ url: to });
    await assert.rejects(move({ from: inUse, to }), failsWith("locked"));
    await node.append("lobby", drafts(1));
    await node.close();
    await assert.rejects(move({ from: inUse, to }), failsWith("exists"));

    const damaged = await aFolder(t);
    const db = new DatabaseSync(join(damaged, "natter.db"));
    db.exec("UPDATE events SET text = 'forged' WHERE seq = 2000");
    db.close();
    const empty = await server.database();
    await assert.rejects(move({ from: damaged, to: empty }), failsWith("damaged"));

    assert.equal((await move({ from: inUse, to: empty })).events, 2);
  });

  test("P1 what PostgreSQL took otherwise than it was given is found, and nothing is moved", async (t) => {
    const from = await aFolder(t);
    const to = await server.database();
    await (await openPostgresStore({ url: to })).close();
    const loses = (change: string) =>
      query(
        to,
        `CREATE OR REPLACE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${change}; RETURN NEW; END $$;
         DROP TRIGGER IF EXISTS lose ON natter.events;
         CREATE TRIGGER lose BEFORE INSERT ON natter.events FOR EACH ROW EXECUTE FUNCTION public.lose()`,
      );
    for (const change of [
      "IF NEW.seq = 1500 THEN RETURN NULL; END IF",
      "IF NEW.seq = 1500 THEN NEW.text := NEW.text || '.'; END IF",
      "IF NEW.text IS NULL AND NEW.seq = 3 THEN NEW.id := 'other'; END IF",
    ]) {
      await loses(change);
      await assert.rejects(move({ from, to }), failsWith("damaged"));
    }
    assert.deepEqual(await query(to, "SELECT FROM natter.events"), []);
    await query(to, "DROP TRIGGER lose ON natter.events");
    assert.equal((await move({ from, to })).events, 2_035);
  });

  test("P1 a move that was cut off, at any moment, may be made again", async (t) => {
    const proxy = await startProxy(server.port);
    t.after(() => proxy.end());
    const from = await aFolder(t);
    const begin = performance.now();
    await move({ from: await aFolder(t), to: await server.database() });
    const took = performance.now() - begin;
    const to = await server.database();
    const cutAfter = async (ms: number): Promise<void> => {
      const timer = setTimeout(() => {
        proxy.mode = "swallow";
      }, ms);
      await move({ from, to: proxy.through(to) }).catch((error) => {
        if (!failsWith("unavailable")(error)) throw error;
      });
      clearTimeout(timer);
      proxy.mode = "pass";
      await query(
        to,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'natter'",
      );
    };
    for (const part of [0, 0.7, 0.9]) await cutAfter(took * part);
    await move({ from, to: proxy.through(to) });
    const store = await openPostgresStore({ url: to });
    t.after(() => store.close());
    assert.deepEqual(await account(store), original);
  });

  test("P1 of a commit whose answer was lost the folder says nothing, until the same command finds out", async (t) => {
    const proxy = await startProxy(server.port);
    t.after(() => proxy.end());
    const from = await aFolder(t);
    const to = await server.database();
    // The commit waits until its connection is about to go.
    await (await openPostgresStore({ url: to })).close();
    await query(
      to,
      `CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS
         $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
       CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON natter.members DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW WHEN (NEW.person = 'ada') EXECUTE FUNCTION public.wait()`,
    );
    const gate = new pg.Client({ connectionString: to });
    await gate.connect();
    await gate.query("SELECT pg_advisory_lock(1)");
    const moving = assert.rejects(move({ from, to: proxy.through(to) }), (error: Error) => {
      assert.match(error.message, /give the same command again/);
      return failsWith("unavailable")(error);
    });
    const waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    while ((await gate.query(waiting)).rowCount === 0) await pause(10);
    proxy.mode = "swallow";
    await gate.end();
    await moving;
    proxy.mode = "pass";
    await assert.rejects(openSqliteStore({ dataDir: from }), failsWith("moved"));
    assert.equal((await move({ from, to: proxy.through(to) })).isOld, true);
  });
});
