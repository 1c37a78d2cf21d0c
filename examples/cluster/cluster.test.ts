import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { noPostgres } from "../../packages/server/src/store/postgres/testing/server.ts";
import { enter, newRoom } from "../../test/conformance/peer.ts";
import { Nginx } from "../../test/operations/support/nginx.ts";
import { Program } from "../../test/support/natter.ts";
import { isFree } from "../../test/support/ports.ts";
import { inTime } from "../../test/support/raw-client.ts";
import { RedisServer } from "../../test/support/redis.ts";

const PROGRAM = fileURLToPath(new URL("cluster.ts", import.meta.url));
const PORTS = 6;
/** Five programs and a new database, on a machine that does much else. */
const PATIENCE_MS = 90_000;
const skip = noPostgres || RedisServer.isMissing || Nginx.isMissing;

function start(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Program {
  const { NODE_OPTIONS: _, ...clean } = env;
  const program = new Program(process.execPath, [PROGRAM, ...args], { env: clean });
  t.after(async () => {
    if (program.child.exitCode === null) program.child.kill("SIGTERM");
    await inTime(program.exited, "it to end").catch(() => program.child.kill("SIGKILL"));
  });
  return program;
}

/** The first of so many in a row, below those that the kernel gives to connections. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const all = Array.from({ length: PORTS }, (_, index) => isFree(first + index));
    if ((await Promise.all(all)).every((free) => free)) return first;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("examples/cluster runs as it stands: all hear each other through nginx, and after Ctrl-C nothing is left", {
  skip,
}, async (t) => {
  const port = await freePorts();
  const program = start(t, ["--port", `${port}`]);
  await program.line(new RegExp(`^Open http://localhost:${port} `), program.out, PATIENCE_MS);
  const folder = (await program.line(/^Data: (\S+), removed at the end$/))[1]!;
  const parts = program.out.flatMap((line) => /^ {2}(\S+) +process (\d+) +log (.+)$/.exec(line) ?? []);
  const names = parts.filter((_, index) => index % 4 === 1);
  const pids = parts.filter((_, index) => index % 4 === 2).map(Number);
  const logs = parts.filter((_, index) => index % 4 === 3);
  assert.deepEqual(names, ["postgres", "redis", "natter-1", "natter-2", "natter-3", "nginx"]);
  assert.ok(pids.every(isAlive) && logs.every(existsSync));

  const page = await fetch(`http://localhost:${port}/`);
  assert.match(`${page.status} ${await page.text()}`, /^200 .*<title>/s);

  // As many as nodes, each on another: nginx goes round.
  const room = newRoom();
  const behind = { host: "127.0.0.1", port };
  const people = [];
  for (const name of ["Ada", "Bob", "Eve"]) people.push(await enter(behind, room, { name }));
  people[0]!.say({ type: "send", room, id: "1", text: "hi" });
  for (const each of people) assert.equal((await each.hear("event")).text, "hi");

  program.child.kill("SIGINT");
  assert.equal(await inTime(program.exited, "everything to end", PATIENCE_MS), 0);
  assert.deepEqual([pids.filter(isAlive), existsSync(folder), program.err], [[], false, []]);
});

test("examples/cluster says in one sentence what to install", async (t) => {
  const program = start(t, [], { PATH: "/nowhere" });
  assert.equal(await inTime(program.exited, "it to end"), 1);
  assert.match(program.said(), /^This needs .*redis.*: apt-get install .*redis.*\.$/);
});
