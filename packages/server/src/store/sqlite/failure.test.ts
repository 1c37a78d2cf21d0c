import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { draft, failsWith } from "../contract.ts";
import { StoreError } from "../errors.ts";
import type { Draft, Store } from "../store.ts";
import { type Channel, openChannel } from "./channel.ts";
import { packDrafts, type WriterCall, type WriterResults } from "./messages.ts";
import { openSqliteStore } from "./open.ts";
import { readAll, tempDir } from "./testing.ts";
import { openWriter } from "./writer.ts";

const append = (id: string): WriterCall => ({
  call: "append",
  room: "lobby",
  drafts: packDrafts([draft(id)]),
});

describe("A commit that fails", () => {
  test("P1 acknowledges nothing, gives up the connection, and empties the WAL before the next answer", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    const writer = openWriter({ file, epochIfNew: "e", again: false });
    t.after(() => writer.close());
    assert.deepEqual(writer.run([append("a")]), [{ value: 1 }]);
    const { outcomes, connection } = withFailingCommit(t, () => writer.run([append("b"), append("c")]));
    assert.deepEqual(
      outcomes.map((o) => "failed" in o && o.failed),
      ["unavailable", "unavailable"],
    );
    assert.equal(connection?.isOpen, false);
    // A reader keeps the WAL alive, so that the checkpoint is the writer's own doing.
    const other = new DatabaseSync(file, { readOnly: true });
    t.after(() => other.close());
    const prepare = t.mock.method(DatabaseSync.prototype, "prepare");
    assert.deepEqual(writer.run([append("d")]), [{ value: 2 }]);
    const sql = prepare.mock.calls.map(({ arguments: [text] }) => text);
    assert.ok(sql.includes("PRAGMA wal_checkpoint(TRUNCATE)"));
    const [settled] = writer.run([{ call: "find", room: "lobby", sender: "ada", ids: ["b", "c"] }]);
    assert.deepEqual(settled, { value: [undefined, undefined] });
  });

  test("P1 stays unavailable while an old reader keeps the checkpoint from emptying the WAL", async (t) => {
    let now = 0;
    t.mock.method(performance, "now", () => now);
    const file = join(await tempDir(t), "natter.db");
    const writer = openWriter({ file, epochIfNew: "e", again: false });
    t.after(() => writer.close());
    writer.run([append("a")]);
    const backup = new DatabaseSync(file, { readOnly: true });
    backup.exec("BEGIN; SELECT count(*) FROM events");
    backup.prepare("SELECT count(*) FROM events").get();
    writer.run([append("b")]);
    withFailingCommit(t, () => writer.run([append("c")]));
    const [refused] = writer.run([append("d")]);
    assert.equal("failed" in refused! && refused.failed, "unavailable");
    backup.close();
    now += 50;
    assert.ok("failed" in writer.run([append("d")])[0]!, "opened again too often");
    now += 100;
    assert.deepEqual(writer.run([append("d")]), [{ value: 3 }]);
  });
});

/** The next COMMIT throws what SQLite throws when an fsync fails. */
function withFailingCommit<T>(
  t: TestContext,
  work: () => T,
): { outcomes: T; connection: DatabaseSync | undefined } {
  const real = DatabaseSync.prototype.exec;
  let connection: DatabaseSync | undefined;
  const mock = t.mock.method(DatabaseSync.prototype, "exec", function exec(this: DatabaseSync, sql: string) {
    if (sql !== "COMMIT") return real.call(this, sql);
    connection = this;
    throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
  });
  try {
    return { outcomes: work(), connection };
  } finally {
    mock.mock.restore();
  }
}

describe("A worker that dies", () => {
  for (const how of ["terminate", "throw"] as const) {
    test(`P6 fails what waits (${how}), and the next worker goes on with the log`, async (t) => {
      const file = join(await tempDir(t), "natter.db");
      const workers: Worker[] = [];
      const channel: Channel<WriterCall, WriterResults> = await openChannel({
        start: { role: "writer", file, epochIfNew: "e" },
        maxGroupWeight: 2000,
        maxWaitingWeight: 10_000,
        startWorker(workerData) {
          const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
          workers.push(worker);
          return worker;
        },
      });
      t.after(() => channel.close());
      assert.equal(await channel.send(append("a")), 1);
      const waiting = [channel.send(append("b")), channel.send(append("c"))];
      const settled = Promise.allSettled(waiting);
      // A message that is no list of calls makes it throw.
      if (how === "throw") workers[0]?.postMessage(7);
      else void workers[0]?.terminate();
      for (const result of await settled) {
        if (result.status === "rejected") assert.equal(result.reason.code, "unavailable");
      }
      await retried(() => channel.send(append("after")));
      const found = await channel.send({ call: "find", room: "lobby", sender: "ada", ids: ["a", "after"] });
      assert.deepEqual(
        found.map((known) => known !== undefined),
        [true, true],
      );
      assert.equal(workers.length, 2);
    });
  }
});

describe("A full disk", () => {
  test("P1 P9 acknowledges nothing it does not have, and the store comes back by itself", async (t) => {
    const dir = await tempDir(t);
    const mount = join(dir, "small");
    mkdirSync(mount);
    if (process.getuid?.() !== 0) return t.skip("only root can mount a small file system");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", mount], { stdio: "pipe" });
    } catch (error) {
      return t.skip(`mount does not work here: ${error}`);
    }
    const filler = join(mount, "filler");
    let store: Store | undefined;
    try {
      writeFileSync(filler, Buffer.alloc(1024 * 1024));
      store = await openSqliteStore({ dataDir: join(mount, "data") });
      const acknowledged = await appendUntilRefused(store);
      assert.ok(acknowledged > 5, `${acknowledged} appends before the disk was full`);
      await assert.rejects(store.append("lobby", [big("refused")]), failsWith("unavailable"));
      rmSync(filler);
      const open = store;
      await retried(() => open.append("lobby", [big("after")]));
      await checkLog(open, acknowledged);
    } finally {
      await store?.close();
      execFileSync("umount", [mount]);
    }
  });
});

const big = (id: string): Draft => draft(id, { text: id.padEnd(8000, ".") });

async function appendUntilRefused(store: Store): Promise<number> {
  for (let i = 1; i < 1000; i++) {
    try {
      await store.append("lobby", [big(`m${i}`)]);
    } catch (error) {
      assert.ok(failsWith("unavailable")(error), String(error));
      return i - 1;
    }
  }
  throw new Error("the disk was never full");
}

/**
 * Every acknowledged event is there at its seq; of the refused ones, what find says is what the log holds.
 */
async function checkLog(store: Store, acknowledged: number): Promise<void> {
  const events = await readAll(store, "lobby");
  const expected = Array.from({ length: acknowledged }, (_, i) => `m${i + 1}`);
  assert.deepEqual(
    events.slice(0, acknowledged).map(({ id }) => id),
    expected,
  );
  const unknown = [`m${acknowledged + 1}`, "refused", "after"];
  const found = await store.find("lobby", "ada", unknown);
  const there = unknown.filter((_, i) => found[i] !== undefined);
  assert.deepEqual(
    events.slice(acknowledged).map(({ id }) => id),
    there,
  );
  assert.equal(there.at(-1), "after");
}

/** As callers do: an error that says retry is retried, for 10 s at most. */
async function retried<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError && error.retry) || tries > 500) throw error;
      await sleep(20);
    }
  }
}
