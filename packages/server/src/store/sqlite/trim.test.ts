import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { draft, drafts } from "../contract.ts";
import { packDrafts, type WriterCall, type WriterResults } from "./messages.ts";
import { tempDir, tempStore } from "./testing.ts";
import { openWriter } from "./writer.ts";

describe("Retention", () => {
  test("given at opening, is applied again and again by itself", async (t) => {
    const store = await tempStore(t, { retention: { maxEvents: 5 }, trimEveryMs: 10 });
    for (const prefix of ["a", "b"]) {
      await store.append("lobby", drafts(20, prefix));
      for (let tries = 0; (await store.head("lobby")).first !== (prefix === "a" ? 16 : 36); tries++) {
        assert.ok(tries < 500, "nothing was trimmed");
        await sleep(10);
      }
    }
  });

  test("lets appends through between its steps", async (t) => {
    const store = await tempStore(t);
    for (let i = 0; i < 10; i++) await store.append("lobby", drafts(1000, `m${i}-`));
    let trimmed = false;
    const trim = store.trim({ maxEvents: 10 }).then((removed) => {
      trimmed = true;
      return removed;
    });
    let between = 0;
    for (; !trimmed; between++) await store.append("other", [draft(`b${between}`)]);
    assert.ok((await trim) >= 9990);
    assert.deepEqual(await store.head("lobby"), { head: 10_000, first: 9991 });
    assert.ok(between >= 10, `${between} appends during 20 steps`);
  });

  test("P2 leaves a damaged room as it is, and goes on with the others", async (t) => {
    const file = join(await tempDir(t), "natter.db");
    let writer = openWriter({ file, epochIfNew: "e", again: false });
    for (const room of ["a", "b", "c"]) {
      writer.run([{ call: "append", room, drafts: packDrafts(drafts(5)) }]);
    }
    writer.close();
    const db = new DatabaseSync(file);
    db.exec("UPDATE rooms SET head = 9 WHERE name = 'b'");
    db.close();
    writer = openWriter({ file, epochIfNew: "e", again: false });
    t.after(() => writer.close());
    const trim: WriterCall = { call: "trim", retention: { maxEvents: 1 }, now: 0, after: -1 };
    const [outcome] = writer.run([trim]) as [{ value: WriterResults["trim"] }];
    assert.deepEqual(outcome.value, { removed: 8, after: undefined });
  });
});
