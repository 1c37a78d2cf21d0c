import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { tempDir } from "./testing.ts";

const APPENDS = 20;

// A killed process leaves its page cache behind, so no kill can show that an fsync is missing. The order of
// the
// system calls can.
describe("Power loss", () => {
  test("P1 every append is written to the WAL and synced before anybody hears of it", async (t) => {
    const trace = await traceAppends(t);
    if (trace === undefined) return t.skip("strace is missing or may not trace here");
    const acks: string[] = [];
    let wal: "untouched" | "written" | "synced" = "untouched";
    /** Threads whose fsync of the WAL had not returned when another line came in between. */
    const syncing = new Set<string>();
    for (const line of trace) {
      const thread = line.split(" ", 1)[0]!;
      if (/ pwrite64\(\d+<[^>]*-wal>/.test(line)) wal = "written";
      if (/ f(data)?sync\(\d+<[^>]*-wal>/.test(line)) {
        if (line.endsWith("<unfinished ...>")) syncing.add(thread);
        else if (wal === "written" && line.endsWith("= 0")) wal = "synced";
      }
      if (/<\.\.\. f(data)?sync resumed>.*= 0$/.test(line) && syncing.delete(thread)) wal = "synced";
      const ack = / write\(1<[^>]*>, "(ack \d+)/.exec(line)?.[1];
      if (ack === undefined) continue;
      assert.equal(wal, "synced", `${ack} was told while the WAL was ${wal}`);
      acks.push(ack);
      wal = "untouched";
    }
    assert.deepEqual(
      acks,
      Array.from({ length: APPENDS }, (_, i) => `ack ${i}`),
    );
  });
});

/**
 * The system calls of a process that appends and says so, one a line; undefined where there is no tracing.
 */
async function traceAppends(t: TestContext): Promise<string[] | undefined> {
  const dir = await tempDir(t);
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { writeSync } from "node:fs";
    import { openSqliteStore } from ${module("./open.ts")};
    import { draft } from ${module("../contract.ts")};
    const store = await openSqliteStore({ dataDir: ${JSON.stringify(join(dir, "data"))} });
    for (let i = 0; i < ${APPENDS}; i++) {
      await store.append("lobby", [draft("m" + i)]);
      writeSync(1, "ack " + i + "\\n");
    }
    await store.close();`;
  const log = join(dir, "trace");
  const strace = ["-f", "-y", "-e", "trace=pwrite64,fsync,fdatasync,write", "-o", log, process.execPath];
  if (spawnSync("strace", ["-o", log, process.execPath, "--version"]).status !== 0) return undefined;
  const traced = spawnSync("strace", [...strace, "--input-type=module-typescript", "--eval", program]);
  assert.equal(traced.status, 0, String(traced.stderr));
  return readFileSync(log, "utf8").split("\n");
}
