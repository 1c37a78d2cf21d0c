import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { draft, failsWith } from "../contract.ts";
import { lockData } from "./lock.ts";
import { openSqliteStore } from "./open.ts";
import { tempDir, tempStore } from "./testing.ts";

describe("The lock on a data folder", () => {
  test("a second store on the same folder is refused with one sentence, and the first goes on", async (t) => {
    const dataDir = await tempDir(t);
    const store = await tempStore(t, { dataDir });
    await assert.rejects(openSqliteStore({ dataDir }), (error: Error) => {
      assert.match(error.message, /^Another natter uses the data folder [^\n]+\.$/);
      return failsWith("locked")(error);
    });
    await store.append("lobby", [draft("a")]);
    await assert.rejects(openSqliteStore({ dataDir }), failsWith("locked"));
  });

  test("another process is refused as well, and let in once the lock is released", async (t) => {
    const dataDir = await tempDir(t);
    const lock = lockData(dataDir);
    assert.equal(await lockInChild(dataDir), "locked");
    lock.release();
    lock.release();
    assert.equal(await lockInChild(dataDir), "taken");
    // The child ended without releasing it.
    lockData(dataDir).release();
    assert.equal(statSync(join(dataDir, "natter.lock")).size, 0);
  });

  test("a store that closes, or cannot open, leaves the folder free", async (t) => {
    const dataDir = await tempDir(t);
    await (await openSqliteStore({ dataDir })).close();
    writeFileSync(join(dataDir, "natter.db"), "x".repeat(5000));
    await assert.rejects(openSqliteStore({ dataDir }), failsWith("damaged"));
    await assert.rejects(openSqliteStore({ dataDir }), failsWith("damaged"));
    lockData(dataDir).release();
  });

  test("a folder that cannot be made is refused with one sentence", async (t) => {
    const file = join(await tempDir(t), "file");
    writeFileSync(file, "");
    await assert.rejects(openSqliteStore({ dataDir: join(file, "data") }), (error: Error) => {
      assert.match(error.message, /^The data folder [^\n]+\.$/);
      return failsWith("unavailable")(error);
    });
  });
});

/** Says whether it got the lock, and is killed while it holds it. */
async function lockInChild(dataDir: string): Promise<string> {
  const program = `
    import { lockData } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
    let said = "taken";
    try { globalThis.lock = lockData(${JSON.stringify(dataDir)}); } catch (error) { said = error.code; }
    process.stdout.write(said);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [said] = await once(child.stdout, "data");
  child.kill("SIGKILL");
  await ended;
  return String(said);
}
