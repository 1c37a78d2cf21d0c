import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { MAIN, Program } from "../support/natter.ts";
import { inTime } from "../support/raw-client.ts";
import { eventually } from "./support/eventually.ts";
import { freePort } from "./support/home.ts";
import { ResumingClient } from "./support/resuming-client.ts";

const SENDS = 30;
const CALLS = "trace=pwrite64,write,writev,sendmsg,sendto,fsync,fdatasync";
/** A page of SQLite's in full, for the ids in it. */
const SHOWN_BYTES = 5_000;

// A killed process leaves its page cache behind, so no kill can show that an fsync is missing. The order of the
// system calls can. Node uses io_uring to register sockets, but neither to write to them nor to files: each event has
// to be found in the calls watched here, on its way to the disk and on its way to a socket.
describe("a power loss", () => {
  it(`P1 takes nothing that anybody was told of: each event is written to the WAL and synced before it goes to a socket`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-power-"));
    t.after(() => rm(folder, { recursive: true }));
    const trace = join(folder, "trace");
    if (spawnSync("strace", ["-o", trace, process.execPath, "--version"]).status !== 0) {
      return t.skip("strace is missing or may not trace here");
    }
    const port = await freePort();
    const ports = ["--port", "0", "--ws-port", String(port), "--data", join(folder, "data")];
    // -D: the tracer is the grandchild, so that the child is natter itself.
    const strace = ["-D", "-f", "-y", "-s", String(SHOWN_BYTES), "-e", CALLS, "-o", trace];
    const natter = new Program("strace", [...strace, process.execPath, ...MAIN, ...ports]);
    t.after(() => natter.child.kill("SIGKILL"));
    await natter.line(/Data/);
    const common = { rooms: ["lobby"], port, random: new Random(1) };
    const sender = new ResumingClient({ ...common, name: "sender" });
    const reader = new ResumingClient({ ...common, name: "reader" });
    const position = (): number => reader.model.held("lobby")?.position ?? -1;
    await eventually(() => position() === 0, "the reader to be there");
    for (let n = 1; n <= SENDS; n++) {
      sender.say("lobby", `text ${n}`);
      await eventually(() => sender.isSettled && position() === n, "the acknowledgement");
    }
    sender.end();
    reader.end();
    natter.child.kill("SIGTERM");
    assert.equal(await inTime(natter.exited, "natter to end"), 0);
    const lines = (await readFile(trace, "utf8")).split("\n");
    for (let n = 1; n <= SENDS; n++) checkOrder(lines, `sender-${n}`);
  });
});

/** Of one event: its row written to the WAL, then the WAL synced, then the first socket that hears of it. */
function checkOrder(lines: readonly string[], id: string): void {
  const written = lines.findIndex((line) => / pwrite64\(\d+<[^>]*-wal>/.test(line) && line.includes(id));
  assert.ok(written >= 0, `${id} was not seen going to the WAL`);
  const told = lines.findIndex(
    (line) =>
      / (write|writev|sendmsg|sendto)\(\d+<(TCP|socket)/.test(line) && line.includes(`\\"id\\":\\"${id}\\"`),
  );
  assert.ok(told >= 0, `${id} was not seen going to a socket`);
  const synced = syncedAfter(lines, written);
  assert.ok(
    synced >= 0 && synced < told,
    `${id} went to a socket (line ${told}) before it was synced (${synced})`,
  );
}

/** The line in which the first sync of the WAL that began after `written` returned; -1 where there is none. */
function syncedAfter(lines: readonly string[], written: number): number {
  for (let at = written + 1; at < lines.length; at++) {
    const line = lines[at]!;
    if (!/ f(data)?sync\(\d+<[^>]*-wal>/.test(line)) continue;
    if (/= 0$/.test(line)) return at;
    const thread = line.split(" ", 1)[0]!;
    const resumed = new RegExp(`^${thread} +<\\.\\.\\. f(data)?sync resumed>.*= 0$`);
    return lines.findIndex((later, index) => index > at && resumed.test(later));
  }
  return -1;
}
