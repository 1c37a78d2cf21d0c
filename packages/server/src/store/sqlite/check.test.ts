import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { drafts } from "../contract.ts";
import { check } from "./check.ts";
import { openSqliteStore } from "./open.ts";
import { tempDir, tempStore } from "./testing.ts";

describe("Check", { concurrency: 4 }, () => {
  test("says ok of a sound log, trimmed and all, also beside a running store", async (t) => {
    const dataDir = await tempDir(t);
    const store = await tempStore(t, { dataDir });
    await store.append("lobby", drafts(10));
    await store.append("other", drafts(5));
    await store.trim({ maxEvents: 7 });
    assert.deepEqual(await check(dataDir), { ok: true, verdict: "ok: 2 rooms, 12 events", problems: [] });
    await store.trim({ maxEvents: 0 });
    await store.close();
    assert.deepEqual(await check(dataDir), { ok: true, verdict: "ok: 2 rooms, 0 events", problems: [] });
  });

  test("says so when there is no data", async (t) => {
    const { ok, verdict } = await check(await tempDir(t));
    assert.equal(ok, false);
    assert.match(verdict, /^damaged: .*natter\.db does not exist$/);
  });

  const faults: [what: string, sql: string, finds: RegExp][] = [
    ["a hole in the seqs", "DELETE FROM events WHERE seq = 4", /room "lobby": seq 4 is missing before 5/],
    ["a lost head", "DELETE FROM events WHERE seq = 10", /room "lobby": the head is 10, the last event 9/],
    ["a lost beginning", "DELETE FROM events WHERE seq = 1", /seq 1 is missing before 2/],
    [
      "an event twice",
      "UPDATE events SET id = 'm4' WHERE seq = 5",
      /seq 5: its id "m4" is that of seq 4 already/,
    ],
    ["a missing id", "DELETE FROM ids WHERE id = 'm6'", /seq 6: its id has no row/],
    ["an id of another seq", "UPDATE ids SET seq = 3 WHERE id = 'm6'", /seq 6: its id "m6" is that of seq 3/],
    [
      "an id too many",
      "INSERT INTO ids SELECT room, sender, 'x', 2 FROM ids LIMIT 1",
      /11 ids up to seq 10 for 10/,
    ],
    [
      "a changed text",
      "UPDATE events SET text = 'I never said that' WHERE seq = 7",
      /seq 7: not what was written/,
    ],
    ["a wrong head", "UPDATE rooms SET head = 12", /the head is 12, the last event 10/],
    ["a wrong count", "UPDATE rooms SET messages = 3", /counts 3 messages, not 10/],
    ["a lost room", "DELETE FROM rooms", /\(seq 1\) belongs to no room/],
    ["a renamed room", "UPDATE rooms SET name = 'lobbz'", /under the key of another name/],
    ["a lost epoch", "DELETE FROM meta", /the epoch is missing/],
  ];
  for (const [what, sql, finds] of faults) {
    test(`P2 P3 finds ${what}`, async (t) => {
      const dataDir = await tempDir(t);
      const store = await openSqliteStore({ dataDir });
      await store.append("lobby", drafts(10));
      await store.close();
      const db = new DatabaseSync(join(dataDir, "natter.db"));
      db.exec(sql);
      db.close();
      const { ok, verdict, problems } = await check(dataDir);
      assert.equal(ok, false);
      assert.match(verdict, /^damaged: [^\n]+$/);
      assert.match(problems.join("\n"), finds);
      assert.ok(problems.length <= 20);
    });
  }
});
