// What the tests of this folder share.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Store, StoredEvent } from "../store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./open.ts";

/** A folder that is gone after the test. */
export async function tempDir(t: Pick<TestContext, "after">): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "natter-store-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A store that is closed after the test, in `dataDir` or in a folder of its own. */
export async function tempStore(t: TestContext, over: Partial<SqliteStoreOptions> = {}): Promise<Store> {
  const dataDir = over.dataDir ?? (await tempDir(t));
  const store = await openSqliteStore({ ...over, dataDir });
  t.after(() => store.close());
  return store;
}

/** Runs crash-child.ts until it has acknowledged `lines` events, kills it, and gives what it acknowledged. */
export async function crash(
  dataDir: string,
  options: { lines: number; writers: number; batch: number; prefix: string },
) {
  const { lines, writers, batch, prefix } = options;
  const script = fileURLToPath(new URL("./crash-child.ts", import.meta.url));
  const args = [...process.execArgv.filter((arg) => arg.startsWith("--conditions")), script];
  const child = spawn(process.execPath, [...args, dataDir, `${writers}`, `${batch}`, prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let output = "";
  let killed = false;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    output += text;
    if (killed || output.split("\n").length <= lines) return;
    killed = true;
    child.kill("SIGKILL");
  });
  const closed = once(child.stdout, "close");
  const [code, signal] = await ended;
  await closed;
  if (signal !== "SIGKILL") throw new Error(`the child ended by itself: ${code} ${signal}`);
  // The last line may be cut short.
  return output
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ") as [room: string, seq: string, id: string])
    .map(([room, seq, id]) => ({ room, seq: Number(seq), id }));
}

/** Every event of a room, page by page. */
export async function readAll(store: Store, room: string): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const { events, head } = await store.read(room, { after: all.length, limit: 100 });
    all.push(...events);
    if (all.length >= head) return all;
  }
}

/** Mulberry32: the same numbers for the same seed, everywhere; below `below`. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
