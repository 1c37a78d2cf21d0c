import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { draft, drafts } from "../contract.ts";
import type { Draft } from "../store.ts";
import { type Channel, openChannel } from "./channel.ts";
import { packDrafts, type WriterCall, type WriterResults } from "./messages.ts";
import { tempDir, tempStore } from "./testing.ts";
import { openWriter } from "./writer.ts";

function appendCall(room: string, given: readonly Draft[]): Extract<WriterCall, { call: "append" }> {
  return { call: "append", room, drafts: packDrafts(given) };
}

describe("Group commit", () => {
  test("P4 keeps the order of arrival under 200 appenders at once", async (t) => {
    const store = await tempStore(t);
    const called: string[] = [];
    async function appender(name: string): Promise<void> {
      for (let i = 0; i < 10; i++) {
        called.push(`${name}-${i}`);
        await store.append("lobby", [draft(`${name}-${i}`, { sender: name })]);
      }
    }
    await Promise.all(Array.from({ length: 200 }, (_, i) => appender(`s${i}`)));
    const ids: string[] = [];
    while (ids.length < called.length) {
      const { events } = await store.read("lobby", { after: ids.length, limit: 1000 });
      assert.notEqual(events.length, 0);
      ids.push(...events.map(({ id }) => id));
    }
    assert.deepEqual(ids, called);
  });

  test("P1 sends what arrived during a commit as one group, so that it shares one fsync", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    const groups: number[] = [];
    const channel: Channel<WriterCall, WriterResults> = await openChannel({
      start: { role: "writer", file, epochIfNew: "e" },
      maxGroupWeight: 2000,
      maxWaitingWeight: 10_000,
      startWorker: (start) => countingWorker(start, groups),
    });
    t.after(() => channel.close());
    const first = channel.send(appendCall("lobby", drafts(1)));
    await new Promise(setImmediate);
    const rest = Array.from({ length: 99 }, (_, i) => channel.send(appendCall("lobby", [draft(`n${i}`)])));
    await Promise.all([first, ...rest]);
    assert.deepEqual(groups, [1, 99]);
  });

  test("refuses what is over the bound of waiting drafts, and takes more once it has caught up", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    const channel: Channel<WriterCall, WriterResults> = await openChannel({
      start: { role: "writer", file, epochIfNew: "e" },
      maxGroupWeight: 10,
      maxWaitingWeight: 20,
    });
    t.after(() => channel.close());
    const calls = Array.from({ length: 30 }, (_, i) => channel.send(appendCall("lobby", [draft(`a${i}`)])));
    const results = await Promise.allSettled(calls);
    const refused = results.filter((result) => result.status === "rejected");
    assert.equal(refused.length, 10);
    assert.ok(refused.every(({ reason }) => reason.code === "unavailable" && reason.retry));
    assert.equal(await channel.send(appendCall("lobby", [draft("next")])), 21);
  });

  test("P9 closes after the group under way where it need not finish, and what waits behind it is refused", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    const groups: number[] = [];
    const channel: Channel<WriterCall, WriterResults> = await openChannel({
      start: { role: "writer", file, epochIfNew: "e" },
      maxGroupWeight: 10,
      maxWaitingWeight: 1_000,
      dropsOnClose: true,
      startWorker: (start) => countingWorker(start, groups),
    });
    const calls = Array.from({ length: 100 }, (_, i) => channel.send(appendCall("lobby", [draft(`a${i}`)])));
    const results = Promise.allSettled(calls);
    await new Promise(setImmediate);
    await channel.close();
    const refused = (await results).filter((result) => result.status === "rejected");
    assert.deepEqual([groups, refused.length], [[10], 90]);
    assert.ok(refused.every(({ reason }) => reason.code === "closed"));
  });

  test("P9 one bad call in a group fails alone, whatever it breaks in the database", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    const writer = openWriter({ file, epochIfNew: "e", again: false });
    t.after(() => writer.close());
    const bad = { ...draft("bad"), at: 1.5 };
    const outcomes = writer.run([
      appendCall("lobby", [draft("a")]),
      appendCall("lobby", [draft("b"), bad]),
      appendCall("lobby", [draft("c"), draft("a")]),
      appendCall("other", [draft("d")]),
    ]);
    const values = outcomes.map((outcome) => ("value" in outcome ? outcome.value : outcome.failed));
    assert.equal(values[0], 1);
    assert.equal(values[1], "invalid");
    assert.equal((values[2] as number[])[0], 2);
    assert.equal(values[3], 1);
    const [found] = writer.run([{ call: "find", room: "lobby", sender: "ada", ids: ["b", "bad"] }]);
    assert.deepEqual(found, { value: [undefined, undefined] });
  });

  test("P1 the connection that writes has synchronous=FULL, fullfsync and WAL in force", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    const exec = t.mock.method(DatabaseSync.prototype, "exec");
    const writer = openWriter({ file, epochIfNew: "e", again: false });
    t.after(() => writer.close());
    writer.run([appendCall("lobby", [draft("a")])]);
    const committed = exec.mock.calls.findLast(({ arguments: [sql] }) => sql === "COMMIT");
    const db = committed?.this as DatabaseSync;
    const inForce = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    const expected = {
      journal_mode: "wal",
      synchronous: 2,
      fullfsync: 1,
      checkpoint_fullfsync: 1,
      busy_timeout: 5000,
    };
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(inForce(name), value, name);
    }
  });
});

import { Worker } from "node:worker_threads";
import type { WorkerStart } from "./messages.ts";

/** A real worker that notes how many calls each message brings it. */
function countingWorker(start: WorkerStart, groups: number[]): Worker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: start });
  const post = worker.postMessage.bind(worker);
  worker.postMessage = (calls: unknown) => {
    if (Array.isArray(calls)) groups.push(calls.length);
    post(calls);
  };
  return worker;
}
