import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { draft, drafts, failsWith } from "../contract.ts";
import { backup, restore } from "./backup.ts";
import { openSqliteStore } from "./open.ts";
import { readAll, tempDir, tempStore } from "./testing.ts";

describe("Backup", () => {
  test("P1 from another process, while a store appends: everything acknowledged before it is in it", async (t) => {
    const dir = await tempDir(t);
    const dataDir = join(dir, "data");
    const file = join(dir, "backup.db");
    const store = await tempStore(t, { dataDir });
    // Enough for a copy of many steps, between which commits arrive.
    for (let i = 0; i < 10; i++) {
      const old = drafts(1000, `old-${i}-`).map((one) => ({ ...one, text: one.id.padEnd(2000, ".") }));
      await store.append("lobby", old);
    }
    let running = true;
    let during = 0;
    const appending = (async () => {
      while (running) {
        await store.append("lobby", [draft(`during-${during}`)]);
        during += 1;
      }
    })();
    await backupInChild(dataDir, file);
    running = false;
    await appending;
    assert.ok(during > 10, `only ${during} appends during the backup`);
    assert.deepEqual(readdirSync(dir).sort(), ["backup.db", "data"]);

    const restored = join(dir, "restored");
    const { epoch } = await restore(file, restored);
    const copy = await tempStore(t, { dataDir: restored });
    assert.equal(copy.epoch, epoch);
    const events = await readAll(copy, "lobby");
    assert.ok(events.length >= 10_000, `${events.length} events`);
    assert.deepEqual(events, (await readAll(store, "lobby")).slice(0, events.length));
  });

  test("overwrites nothing, and leaves nothing behind when it fails", async (t) => {
    const dir = await tempDir(t);
    const dataDir = join(dir, "data");
    await tempStore(t, { dataDir });
    const file = join(dir, "backup.db");
    writeFileSync(file, "precious");
    await assert.rejects(backup(dataDir, file), failsWith("exists"));
    await assert.rejects(backup(join(dir, "nothing"), join(dir, "b.db")), failsWith("invalid"));
    await assert.rejects(backup(dataDir, join(dir, "no", "such", "folder.db")), failsWith("unavailable"));
    assert.deepEqual(readdirSync(dir).sort(), ["backup.db", "data"]);
  });
});

describe("Restore", { concurrency: 4 }, () => {
  test("P5 gives the log a new epoch, and each copy one of its own", async (t) => {
    const dir = await tempDir(t);
    const store = await tempStore(t, { dataDir: join(dir, "data") });
    await store.append("lobby", drafts(3));
    await store.joinRoom("ada", "lobby");
    await backup(join(dir, "data"), join(dir, "backup.db"));
    const first = await restore(join(dir, "backup.db"), join(dir, "one"));
    const second = await restore(join(dir, "backup.db"), join(dir, "two"));
    assert.equal(new Set([store.epoch, first.epoch, second.epoch]).size, 3);
    const copy = await tempStore(t, { dataDir: join(dir, "one") });
    assert.equal(copy.epoch, first.epoch);
    const [again] = await copy.append("lobby", [draft("m2")]);
    assert.deepEqual([again?.again, again?.event.seq], [true, 2]);
    assert.deepEqual(await copy.rooms("ada"), [{ room: "lobby", head: 3, read: 3, unread: 0 }]);
  });

  test("P5 the epoch stays the same when a store is opened again", async (t) => {
    const dataDir = await tempDir(t);
    const store = await openSqliteStore({ dataDir });
    await store.close();
    const again = await tempStore(t, { dataDir });
    assert.equal(again.epoch, store.epoch);
  });

  test("refuses a folder that holds anything, and says what to do", async (t) => {
    const dir = await tempDir(t);
    const dataDir = join(dir, "data");
    const file = join(dir, "backup.db");
    const store = await openSqliteStore({ dataDir });
    await backup(dataDir, file);
    await assert.rejects(restore(file, dataDir), failsWith("locked"));
    await store.close();
    await assert.rejects(restore(file, dataDir), (error: Error) => {
      assert.match(error.message, /is not empty: move it away first, or restore into another folder\.$/);
      return failsWith("exists")(error);
    });
  });

  test("refuses a copy that is not sound, and can be called again with a better one", async (t) => {
    const dir = await tempDir(t);
    const store = await tempStore(t, { dataDir: join(dir, "data") });
    await store.append("lobby", drafts(100));
    const good = join(dir, "good.db");
    await backup(join(dir, "data"), good);
    const bad = join(dir, "bad.db");
    writeFileSync(bad, "not a database".repeat(1000));
    const target = join(dir, "restored");
    await assert.rejects(restore(bad, target), failsWith("damaged"));
    await assert.rejects(restore(join(dir, "missing.db"), target), failsWith("invalid"));
    assert.equal(existsSync(join(target, "natter.db")), false);
    await restore(good, target);
    const copy = await tempStore(t, { dataDir: target });
    assert.deepEqual(await copy.head("lobby"), { head: 100, first: 1 });
  });
});

async function backupInChild(dataDir: string, file: string): Promise<void> {
  const program = `
    import { backup } from ${JSON.stringify(new URL("./backup.ts", import.meta.url).href)};
    await backup(${JSON.stringify(dataDir)}, ${JSON.stringify(file)});`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
}
