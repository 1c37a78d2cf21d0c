import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { draft, drafts } from "../contract.ts";
import { MAX_CHANGES } from "../store.ts";
import { checkLog, load, readAll } from "./testing/load.ts";
import { openNodes } from "./testing/open.ts";
import { noPostgres, type PostgresServer, query, startPostgres } from "./testing/server.ts";

describe("Nodes that share a log in PostgreSQL", { skip: noPostgres }, () => {
  let server: PostgresServer;
  before(async () => {
    // Sooner than the bound of a wait, so that a deadlock is seen as one.
    server = await startPostgres({ deadlock_timeout: "50ms" });
  });
  after(() => server.end());

  test("P1 P2 P3 P4 seqs stay dense, and each node reads what all appended, with many senders on one room", async (t) => {
    const stores = await openNodes(t, 3, { url: await server.database() });
    const outcome = await load(stores, { senders: 60, rooms: 1, batch: 3 }, pause(1_000));
    assert.deepEqual(outcome.refused, []);
    assert.equal(await checkLog(stores, 1, outcome), outcome.acknowledged.length);
  });

  test("P1 P2 P3 P4 the same over rooms that are new, in groups that overlap in any order, without a deadlock", async (t) => {
    const url = await server.database();
    const stores = await openNodes(t, 3, { url });
    const outcome = await load(stores, { senders: 90, rooms: 29 }, pause(1_000));
    assert.deepEqual(outcome.refused, []);
    assert.equal(await checkLog(stores, 29, outcome), outcome.acknowledged.length);
    const [row] = await query<{ deadlocks: string }>(
      url,
      "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    );
    assert.equal(Number(row!.deadlocks), 0);
  });

  test("P3 one id sent through two nodes at once is one event, and one of the two is told that it was there", async (t) => {
    const [one, two] = await openNodes(t, 2, { url: await server.database() });
    for (let round = 0; round < 50; round++) {
      const [mine, other] = await Promise.all([
        one!.append("lobby", [draft(`${round}`, { text: "one" })]),
        two!.append("lobby", [draft(`${round}`, { text: "two" })]),
      ]);
      assert.deepEqual(mine[0]!.event, other[0]!.event);
      assert.deepEqual([mine[0]!.again, other[0]!.again].sort(), [false, true]);
    }
    assert.equal((await readAll(one!, "lobby")).length, 50);
  });

  test("numbers for plain clients are never given twice by all of them, nor after a new start", async (t) => {
    const url = await server.database();
    const stores = await openNodes(t, 3, { url });
    const take = (from: typeof stores) =>
      Promise.all(from.flatMap((store) => Array.from({ length: 20 }, () => store.takeNumber())));
    const numbers = await take(stores);
    const [later] = await openNodes(t, 1, { url });
    numbers.push(...(await take([later!])));
    assert.equal(new Set(numbers).size, 80);
    assert.equal(Math.min(...numbers), 1);
  });

  test("a list takes no more rooms than it may when several nodes fill it at once", async (t) => {
    const stores = await openNodes(t, 3, { url: await server.database() });
    const joins = Array.from({ length: 30 }, (_, i) => stores[i % 3]!.joinRoom("ada", `room-${i}`, 10));
    const joined = (await Promise.all(joins)).filter((position) => position !== undefined);
    assert.deepEqual([joined.length, (await stores[0]!.rooms("ada")).length], [10, 10]);
  });

  test("changes name the rooms that other nodes appended to, each once, and no others", async (t) => {
    const [one, two] = await openNodes(t, 2, { url: await server.database() });
    for (const room of ["a", "b", "c"]) await one!.append(room, drafts(2));
    const begin = await one!.changes();
    await two!.append("b", drafts(3, "n"));
    await two!.append("b", drafts(3, "o"));
    await two!.append("new\u0000room", [draft("a")]);
    await two!.append("c", [draft("m1")]); // there already
    const next = await one!.changes(begin.mark);
    const byName = next.rooms!.toSorted((a, b) => (a.room < b.room ? -1 : 1));
    assert.deepEqual(byName, [
      { room: "b", head: 8 },
      { room: "new\u0000room", head: 1 },
    ]);
    assert.deepEqual((await one!.changes(next.mark)).rooms, []);
    assert.equal((await two!.changes(begin.mark)).rooms?.length, 2);
    await assert.rejects(one!.changes("1:2"), { code: "invalid" });
  });

  test("P5 changes miss no append whose transaction was held open while later ones came and marks were taken", async (t) => {
    const url = await server.database();
    const [one, two] = await openNodes(t, 2, { url });
    await one!.append("slow", [draft("a")]);
    const begin = await two!.changes();
    const held = new pg.Client({ connectionString: url });
    await held.connect();
    t.after(() => held.end());
    await held.query("BEGIN");
    await held.query(
      "SELECT * FROM natter.append_1('{slow}', '{1}', '{b}', '{ada}', '{5}', '{Ada}', '{f}', '{1}', '{x}')",
    );
    await one!.append("quick", [draft("a")]);
    const during = await two!.changes(begin.mark);
    assert.deepEqual(during.rooms, [{ room: "quick", head: 1 }]);
    const again = await two!.changes(during.mark);
    assert.deepEqual(again.rooms, []);
    await held.query("COMMIT");
    const behind = await two!.changes(again.mark);
    assert.deepEqual(behind.rooms, [{ room: "slow", head: 2 }]);
    assert.deepEqual((await two!.changes(behind.mark)).rooms, []);
  });

  test("changes name no rooms for a transaction that is yet to come, as a restored dump has them, until it is appended to", async (t) => {
    const url = await server.database();
    const [store] = await openNodes(t, 1, { url });
    await store!.append("old", [draft("a")]);
    for (const table of ["rooms", "changes"]) {
      await query(url, `UPDATE natter.${table} SET changed = '4000000000'`);
    }
    const { mark } = await store!.changes();
    assert.deepEqual((await store!.changes(mark)).rooms, []);
    await store!.append("old", [draft("b")]);
    assert.deepEqual((await store!.changes(mark)).rooms, [{ room: "old", head: 2 }]);
  });

  test("changes name no more rooms than they may, and give a mark to go on with", async (t) => {
    const url = await server.database();
    const [store] = await openNodes(t, 1, { url });
    const begin = await store!.changes();
    await query(
      url,
      `INSERT INTO natter.rooms (name) SELECT 'room ' || n FROM generate_series(0, ${MAX_CHANGES}) n;
       INSERT INTO natter.changes (changed, room) SELECT changed, room FROM natter.rooms`,
    );
    const many = await store!.changes(begin.mark);
    assert.equal(many.rooms, undefined);
    await store!.append("room 7", [draft("a")]);
    assert.deepEqual((await store!.changes(many.mark)).rooms, [{ room: "room 7", head: 1 }]);
  });

  test("changes cost what changed, however many rooms there are", async (t) => {
    const url = await server.database();
    const [store] = await openNodes(t, 1, { url });
    await query(
      url,
      `INSERT INTO natter.rooms (name) SELECT 'room ' || n FROM generate_series(1, 20000) n;
       INSERT INTO natter.changes (changed, room) SELECT changed, room FROM natter.rooms`,
    );
    const { mark } = await store!.changes();
    await store!.append("room 7", [draft("a")]);
    assert.deepEqual((await store!.changes(mark)).rooms, [{ room: "room 7", head: 1 }]);
    const snapshot = mark.split(" ")[1];
    const plan = await query<{ "QUERY PLAN": [{ Plan: unknown }] }>(
      url,
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(*) FROM natter.changes c
       WHERE c.changed >= pg_snapshot_xmin('${snapshot}') AND NOT pg_visible_in_snapshot(c.changed, '${snapshot}')`,
    );
    const { "Shared Hit Blocks": hit, "Shared Read Blocks": read } = plan[0]!["QUERY PLAN"][0].Plan as Record<
      string,
      number
    >;
    assert.ok(hit! + read! < 20, `${hit} + ${read} pages`);
  });

  test("two nodes that trim at once, while all append, remove each event once and nothing else", async (t) => {
    const url = await server.database();
    const stores = await openNodes(t, 2, { url });
    for (let room = 0; room < 5; room++) await stores[0]!.append(`old-${room}`, drafts(900));
    const trimming = Promise.all(stores.map((store) => store.trim({ maxEvents: 10 })));
    const outcome = await load(stores, { senders: 10, rooms: 1 }, trimming);
    const removed = (await trimming).reduce((sum, each) => sum + each);
    const { head, first } = await stores[0]!.head("room-0");
    assert.equal(removed, 5 * 890 + (first - 1));
    assert.equal(head, outcome.acknowledged.length);
    assert.deepEqual(await stores[1]!.head("old-4"), { head: 900, first: 891 });
    assert.equal((await stores[1]!.read("old-4", { after: 0, limit: 100 })).events.length, 10);
  });

  test("of several nodes with a retention one applies it, again and again", async (t) => {
    const url = await server.database();
    const stores = await openNodes(t, 3, { url, retention: { maxEvents: 5 }, trimEveryMs: 50 });
    await stores[0]!.append("lobby", drafts(100));
    while ((await stores[0]!.head("lobby")).first < 96) await pause(10);
    await stores[1]!.append("lobby", drafts(10, "n"));
    while ((await stores[0]!.head("lobby")).first < 106) await pause(10);
  });
});
