// How much SQL a call costs, counted rather than timed.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { describe, type TestContext, test } from "node:test";
import { drafts } from "../contract.ts";
import { packDrafts, type WriterCall } from "./messages.ts";
import { openReader } from "./reader.ts";
import { tempDir } from "./testing.ts";
import { openWriter } from "./writer.ts";

/** What runs SQL from now on: statements, and what is executed without one, such as BEGIN. */
function countSql(t: TestContext): () => { statements: number; commits: number } {
  const methods = (["run", "get", "all", "iterate"] as const).map((name) =>
    t.mock.method(StatementSync.prototype, name),
  );
  const exec = t.mock.method(DatabaseSync.prototype, "exec");
  return () => {
    const statements = methods.reduce((sum, { mock }) => sum + mock.callCount(), 0);
    const commits = exec.mock.calls.filter(({ arguments: [sql] }) => sql === "COMMIT").length;
    for (const { mock } of [...methods, exec]) mock.resetCalls();
    return { statements, commits };
  };
}

function appendCall(room: string, count: number, prefix: string): WriterCall {
  return { call: "append", room, drafts: packDrafts(drafts(count, prefix)) };
}

async function openBoth(t: TestContext) {
  const file = join(await tempDir(t), "natter.db");
  const writer = openWriter({ file, epochIfNew: "e", again: false });
  t.after(() => writer.close());
  const reader = openReader({ file });
  t.after(() => reader.close());
  return { writer, reader };
}

describe("What SQL a call costs", () => {
  test("an append costs two statements a message, and one a room and group, with one commit", async (t) => {
    const { writer } = await openBoth(t);
    writer.run([appendCall("lobby", 1, "first-"), appendCall("team", 1, "first-")]);
    const count = countSql(t);
    writer.run([appendCall("lobby", 100, "a-")]);
    assert.deepEqual(count(), { statements: 2 * 100 + 1, commits: 1 });
    writer.run(Array.from({ length: 50 }, (_, index) => appendCall("lobby", 1, `b-${index}-`)));
    assert.deepEqual(count(), { statements: 2 * 50 + 1, commits: 1 });
    writer.run([appendCall("lobby", 10, "c-"), appendCall("team", 10, "c-")]);
    assert.deepEqual(count(), { statements: 2 * 20 + 2, commits: 1 });
  });

  test("a page costs the same few statements, however long it is and wherever it begins", async (t) => {
    const { writer, reader } = await openBoth(t);
    writer.run([appendCall("lobby", 1_000, "a-")]);
    const count = countSql(t);
    const costs = [
      { before: Number.MAX_SAFE_INTEGER, limit: 1 },
      { before: Number.MAX_SAFE_INTEGER, limit: 200 },
      { before: 500, limit: 50 },
      { after: 3, limit: 900 },
    ].map((range) => {
      const [outcome] = reader.run([{ call: "read", room: "lobby", range }]);
      assert.ok(outcome !== undefined && "value" in outcome);
      return count().statements;
    });
    assert.equal(new Set(costs).size, 1, `${costs}`);
    assert.ok(costs[0]! <= 4, `${costs[0]} statements`);
  });
});
