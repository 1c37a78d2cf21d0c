import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { draft, drafts, failsWith } from "../contract.ts";
import { migrate } from "./migrate.ts";
import { openPostgresStore } from "./open.ts";
import { MIGRATIONS, type Migration } from "./schema.ts";
import { openSession } from "./session.ts";
import { SQL } from "./statements.ts";
import { openNodes } from "./testing/open.ts";
import { noPostgres, type PostgresServer, query, startPostgres } from "./testing/server.ts";

/** What the next version may do beside this one: add. */
const ADDITIVE: Migration = {
  version: MIGRATIONS.length + 1,
  oldestReader: MIGRATIONS.length,
  sql: "ALTER TABLE natter.rooms ADD COLUMN topic text; CREATE TABLE natter.extra (a text)",
};
const BREAKING: Migration = { ...ADDITIVE, oldestReader: ADDITIVE.version };

describe("The schema in PostgreSQL", { skip: noPostgres }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.end());

  async function migrateTo(url: string, steps: readonly Migration[]): Promise<string> {
    const session = await openSession(url, "the server");
    try {
      return await migrate(session, "the server", "new epoch", steps);
    } finally {
      await session.end();
    }
  }

  const versions = (url: string) =>
    query<{ key: string; value: string }>(
      url,
      "SELECT key, value FROM natter.meta WHERE key IN ('version', 'oldest_reader') ORDER BY key DESC",
    );

  test("P9 five nodes that start at once on an empty database make it once, and have one epoch", async (t) => {
    const stores = await openNodes(t, 5, { url: await server.database() });
    assert.equal(new Set(stores.map(({ epoch }) => epoch)).size, 1);
    assert.match(stores[0]!.epoch, /^[\w-]{22}$/);
    const seqs = await Promise.all(
      stores.map(async (store, i) => (await store.append("lobby", [draft(`${i}`)]))[0]!),
    );
    assert.deepEqual(seqs.map(({ event }) => event.seq).sort(), [1, 2, 3, 4, 5]);
  });

  test("an epoch is made once and stays", async () => {
    const url = await server.database();
    const first = await openPostgresStore({ url });
    await first.close();
    const second = await openPostgresStore({ url });
    await second.close();
    assert.equal(second.epoch, first.epoch);
  });

  test("P2 a copy that was restored into another server gets an epoch of its own", async () => {
    const url = await server.database();
    const original = await openPostgresStore({ url });
    await original.append("lobby", drafts(2));
    await original.close();
    await query(url, "UPDATE natter.meta SET value = '42' WHERE key = 'system'");
    const copy = await openPostgresStore({ url });
    assert.notEqual(copy.epoch, original.epoch);
    assert.equal((await copy.append("lobby", [draft("m1")]))[0]!.again, true);
    await copy.close();
    const again = await openPostgresStore({ url });
    await again.close();
    assert.equal(again.epoch, copy.epoch);
  });

  test("changes in a copy whose transactions had higher numbers still miss nothing", async (t) => {
    const url = await server.database();
    const [store] = await openNodes(t, 1, { url });
    await store!.append("lobby", drafts(2));
    await query(
      url,
      `UPDATE natter.rooms SET changed = '900000000000'; UPDATE natter.changes SET changed = '900000000000'`,
    );
    const { mark } = await store!.changes();
    await store!.append("lobby", drafts(1, "n"));
    const next = await store!.changes(mark);
    assert.deepEqual(next.rooms, [{ room: "lobby", head: 3 }]);
    assert.deepEqual((await store!.changes(next.mark)).rooms, []);
  });

  test("this version goes on working beside and after the next one, as long as that only adds", async (t) => {
    const url = await server.database();
    const [before] = await openNodes(t, 1, { url });
    await before!.append("lobby", drafts(2));
    await migrateTo(url, [...MIGRATIONS, ADDITIVE]);
    await before!.append("lobby", drafts(2, "n"));
    const [later] = await openNodes(t, 1, { url });
    assert.equal((await later!.append("lobby", drafts(2, "o")))[1]!.event.seq, 6);
    assert.equal((await query(url, "SELECT FROM natter.extra")).length, 0);
  });

  test("P9 a version that this one cannot work with is refused with one sentence", async () => {
    const url = await server.database();
    await migrateTo(url, [...MIGRATIONS, BREAKING]);
    await assert.rejects(openPostgresStore({ url }), (error: Error) => {
      assert.match(
        error.message,
        /^The database at \S+ was written by a newer natter \(version 2.*\): [^.]+\.$/,
      );
      return failsWith("newer")(error);
    });
  });

  test("a step that fails leaves everything as it was, the steps before it too", async () => {
    const url = await server.database();
    await (await openPostgresStore({ url })).close();
    const failing = {
      ...ADDITIVE,
      version: ADDITIVE.version + 1,
      sql: "INSERT INTO natter.nowhere VALUES (1)",
    };
    const before = await versions(url);
    await assert.rejects(migrateTo(url, [...MIGRATIONS, ADDITIVE, failing]), /nowhere/);
    assert.deepEqual(await versions(url), before);
    assert.deepEqual(
      before.map(({ value }) => Number(value)),
      [MIGRATIONS.length, 1],
    );
  });

  test("every statement searches by an index: none reads a whole table", async () => {
    const url = await server.database();
    await (await openPostgresStore({ url })).close();
    const session = await openSession(url, "the server");
    const planOf = async (text: string): Promise<string> => {
      await session.query({ text: `PREPARE asked AS ${text}` });
      const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      const nulls = count > 0 ? `(${Array(count).fill("NULL").join(", ")})` : "";
      const rows = await session.query<{ "QUERY PLAN": string }>({ text: `EXPLAIN EXECUTE asked${nulls}` });
      await session.query({ text: "DEALLOCATE asked" });
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    };
    try {
      // As in a table of millions, where workers seem worth starting.
      for (const cost of ["parallel_setup_cost", "parallel_tuple_cost", "min_parallel_index_scan_size"]) {
        await session.query({ text: `SET ${cost} = 0` });
      }
      for (const { text } of Object.values(SQL)) {
        assert.doesNotMatch(await planOf(text), /Seq Scan|Hash Join|Merge Join|Gather/);
      }
      assert.match(await planOf("SELECT FROM natter.events WHERE text = $1"), /Seq Scan/);
    } finally {
      await session.end();
    }
  });

  test("what a store does costs the same in a long room as in a short one, with plans made while it was empty", async () => {
    const url = await server.database();
    const store = await openPostgresStore({ url, poolSize: 2 });
    const { mark } = await store.changes();
    const exercise = async (round: number): Promise<void> => {
      await store.append("lobby", drafts(500, `${round}-`));
      await store.joinRoom(`p${round}`, "lobby", 5);
      await store.markRead(`p${round}`, "lobby", 3);
      await store.rooms(`p${round}`);
      await store.find(
        "lobby",
        "ada",
        drafts(10).map(({ id }) => `${round}-${id.slice(1)}`),
      );
      await store.read("lobby", { after: round * 100, limit: 5 });
      await store.read("lobby", { before: round * 100, limit: 5 });
      await store.trim({ maxEvents: 2_000, maxAgeMs: 1e15 });
      await store.changes(mark);
    };
    for (let round = 0; round < 10; round++) await exercise(round);
    await store.close();
    const [read] = await query<{ tuples: string }>(
      url,
      `SELECT sum(seq_tup_read) + sum(idx_tup_fetch) AS tuples FROM pg_stat_all_tables
       WHERE schemaname = 'natter' AND relname <> 'meta'`,
    );
    const [entries] = await query<{ entries: string }>(
      url,
      "SELECT sum(idx_tup_read) AS entries FROM pg_stat_all_indexes WHERE schemaname = 'natter'",
    );
    // Of 5,000 events: each looked up a few times; each with each would be ten million.
    const cost = { tuples: Number(read!.tuples), entries: Number(entries!.entries) };
    assert.ok(cost.tuples < 100_000 && cost.entries < 100_000, JSON.stringify(cost));
  });
});
