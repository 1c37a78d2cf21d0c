import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { draft, drafts, failsWith } from "../contract.ts";
import { openPostgresStore } from "./open.ts";
import { checkLog, load, readAll } from "./testing/load.ts";
import { openNodes } from "./testing/open.ts";
import { type CuttingProxy, startProxy } from "./testing/proxy.ts";
import { noPostgres, type PostgresServer, query, startPostgres } from "./testing/server.ts";

const TERMINATE = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'natter'`;

describe("The store in PostgreSQL, when something fails", { skip: noPostgres }, () => {
  let server: PostgresServer;
  let proxy: CuttingProxy;
  let url: string;
  before(async () => {
    server = await startPostgres();
    proxy = await startProxy(server.port);
    url = await server.database();
    await (await openPostgresStore({ url })).close();
  });
  beforeEach(() => server.empty(url));
  after(async () => {
    await proxy.end();
    await server.end();
  });

  test("P1 P3 P4 nothing is lost, doubled or refused while backends are terminated under load", async (t) => {
    const stores = await openNodes(t, 2, { url });
    const outcome = await load(stores, { senders: 20, rooms: 3 }, terminateSixTimes(url));
    assert.deepEqual(outcome.refused, []);
    await checkLog(stores, 3, outcome);
  });

  for (const how of ["restarted", "crashed"] as const) {
    test(`P1 P3 P4 nothing is lost, doubled or refused while the server is ${how} under load`, async (t) => {
      const stores = await openNodes(t, 2, { url });
      const restart = async () => {
        await pause(200);
        if (how === "crashed") await server.crash().then(() => server.start());
        else await server.restart();
        await pause(200);
      };
      const outcome = await load(stores, { senders: 20, rooms: 3 }, restart());
      assert.deepEqual(outcome.refused, []);
      await checkLog(stores, 3, outcome);
    });
  }

  test("P3 P6 an append that was committed without an answer is there once, and comes back as being there already", async (t) => {
    const [store] = await openNodes(t, 1, { url: proxy.through(url) });
    await store!.append("lobby", [draft("first")]);
    proxy.mode = "swallow";
    const append = store!.append("lobby", [draft("a"), draft("b")]);
    await pause(50);
    proxy.mode = "pass";
    const appended = await append;
    assert.deepEqual(
      appended.map(({ event, again }) => [event.id, event.seq, again]),
      [
        ["a", 2, true],
        ["b", 3, true],
      ],
    );
    assert.deepEqual(
      (await readAll(store!, "lobby")).map(({ id }) => id),
      ["first", "a", "b"],
    );
  });

  test("P6 what find says of an append that failed stays true: the server does not hear it later", async (t) => {
    const [store] = await openNodes(t, 1, { url: proxy.through(url), patienceMs: 300 });
    await store!.append("lobby", [draft("first")]);
    proxy.mode = "hold";
    await assert.rejects(store!.append("lobby", [draft("a")]), failsWith("unavailable"));
    proxy.mode = "pass";
    const [found] = await eventually(() => store!.find("lobby", "ada", ["a"]));
    assert.equal(found, undefined);
    proxy.release();
    await store!.append("lobby", [draft("b")]);
    await pause(100);
    assert.deepEqual(
      (await readAll(store!, "lobby")).map(({ id }) => id),
      ["first", "b"],
    );
  });

  test("P4 a room held for 2 s by somebody's transaction is only late, and its order stays", async (t) => {
    const [store] = await openNodes(t, 1, { url });
    await Promise.all(["held", "free"].map((room) => store!.append(room, [draft("0")])));
    const release = await hold(url, "held");
    const begin = performance.now();
    const free = store!.append("free", [draft("1")]);
    const held = Array.from({ length: 20 }, (_, i) => store!.append("held", [draft(`${i + 1}`)]));
    await pause(10);
    const later = Array.from({ length: 20 }, (_, i) => store!.append("held", [draft(`${i + 21}`)]));
    await free;
    await pause(2_000 - (performance.now() - begin));
    await release();
    await Promise.all([...held, ...later]);
    assert.deepEqual(
      (await readAll(store!, "held")).map(({ id }) => Number(id)),
      Array.from({ length: 41 }, (_, i) => i),
    );
  });

  test("rooms that somebody holds, more than there are connections, make no other wait", async (t) => {
    const [store] = await openNodes(t, 1, { url });
    const rooms = ["h1", "h2", "h3", "h4", "h5", "free"];
    await Promise.all(rooms.map((room) => store!.append(room, [draft("0")])));
    const held = rooms.slice(0, -1);
    const releases = await Promise.all(held.map((room) => hold(url, room)));
    const waiting = held.map((room) => store!.append(room, [draft("1")]));
    await pause(1_500); // each has failed once
    let mostMs = 0;
    for (let count = 1; count <= 30; count++) {
      const since = performance.now();
      await store!.append("free", [draft(`${count}`)]);
      mostMs = Math.max(mostMs, performance.now() - since);
      await pause(50);
    }
    await Promise.all(releases.map((release) => release()));
    await Promise.all(waiting);
    assert.ok(mostMs < 500, `${mostMs} ms`);
  });

  test("P6 a room that stays held is unavailable, not its neighbours; find waits until it is known what became of it", async (t) => {
    const [store] = await openNodes(t, 1, { url, patienceMs: 1_500 });
    await store!.append("held", [draft("0")]);
    const release = await hold(url, "held");
    const together = [store!.append("held", [draft("1")]), store!.append("free", [draft("1")])];
    const [held, free] = await Promise.allSettled(together);
    assert.equal(free!.status, "fulfilled");
    assert.ok(held!.status === "rejected" && failsWith("unavailable")(held!.reason));
    const find = store!.find("held", "ada", ["0", "1"]);
    await release();
    const [zero, one] = await find;
    const ids = (await readAll(store!, "held")).map(({ id }) => id);
    assert.deepEqual([zero?.event.seq, one?.event.seq], [1, ids.includes("1") ? 2 : undefined]);
  });

  test("P1 with the server gone, calls are unavailable within their bound, and go on once it is back", async (t) => {
    const [store] = await openNodes(t, 1, { url, patienceMs: 400 });
    await store!.append("lobby", drafts(2));
    await server.crash();
    const begin = performance.now();
    const calls = [
      store!.append("lobby", [draft("a")]),
      store!.read("lobby", { after: 0, limit: 10 }),
      store!.find("lobby", "ada", ["m1"]),
      store!.probe(),
      store!.changes(),
    ];
    for (const result of await Promise.allSettled(calls)) {
      assert.ok(result.status === "rejected" && failsWith("unavailable")(result.reason));
      assert.match(result.reason.message, /^PostgreSQL at 127\.0\.0\.1:\d+\/test_\d+ [^\n]+\.$/);
      assert.doesNotMatch(result.reason.message, /secret/);
    }
    assert.ok(performance.now() - begin < 4_000);
    await server.start();
    await eventually(() => store!.append("lobby", [draft("a")]));
    assert.deepEqual(
      (await readAll(store!, "lobby")).map(({ id }) => id),
      ["m1", "m2", "a"],
    );
  });

  test("P6 close does not wait for a server that is gone, nor for what became of an append that it was at", async () => {
    const store = await openPostgresStore({ url, patienceMs: 500 });
    await store.append("held", [draft("a")]);
    await hold(url, "held");
    const append = assert.rejects(store.append("held", [draft("b")]), failsWith("unavailable"));
    await pause(50);
    await server.crash();
    try {
      const late = assert.rejects(store.append("lobby", [draft("c")]), failsWith("unavailable"));
      await store.close();
      await Promise.all([append, late]);
    } finally {
      await server.start();
    }
  });

  test("P9 a call that PostgreSQL does not take fails alone, whoever shared its transaction", async (t) => {
    const [store] = await openNodes(t, 1, { url });
    // Longer than an index holds, and nothing that could be compressed.
    const long = Array.from({ length: 20_000 }, (_, i) => (i * 7_919 + i * i).toString(36)).join("");
    const results = await Promise.allSettled([
      store!.append("lobby", [draft("a")]),
      store!.append("lobby", [draft("b"), draft(long)]),
      store!.append("other", [draft("c")]),
      store!.append("lobby", [draft("d")]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled"],
    );
    assert.ok(results[1]!.status === "rejected" && failsWith("invalid")(results[1]!.reason));
    assert.deepEqual(
      (await readAll(store!, "lobby")).map(({ id }) => id),
      ["a", "d"],
    );
  });

  test("a database that was replaced under the same address is refused as damaged until natter starts again", async (t) => {
    const [store] = await openNodes(t, 1, { url });
    await store!.append("lobby", [draft("a")]);
    await query(url, `UPDATE natter.meta SET value = 'another' WHERE key = 'epoch'`);
    await query(url, TERMINATE);
    await assert.rejects(store!.append("lobby", [draft("b")]), failsWith("damaged"));
    const [next] = await openNodes(t, 1, { url });
    assert.equal(next!.epoch, "another");
    assert.equal((await next!.append("lobby", [draft("c")]))[0]!.event.seq, 2);
  });
});

async function terminateSixTimes(url: string): Promise<void> {
  for (let round = 0; round < 6; round++) {
    await pause(60);
    await query(url, TERMINATE);
  }
  await pause(100);
}

/** Somebody's transaction, which has the room and does nothing with it until it is told to let go. */
async function hold(url: string, room: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT FROM natter.rooms WHERE name = $1 FOR UPDATE", [room]);
  return async () => {
    await client.query("COMMIT");
    await client.end();
  };
}

/** Again while it is unavailable, as a client does; the test's own timeout bounds it. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!failsWith("unavailable")(error)) throw error;
      await pause(20);
    }
  }
}
