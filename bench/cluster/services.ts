// What is measured: natters on SQLite or on PostgreSQL, with Redis between them where there are several. Nothing is kept
// to one core: five programs would share it, and who waits for whom would be what is measured.

import { spawnSync } from "node:child_process";
import { chownSync, globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BenchError } from "../fanout/bench-error.ts";
import type { Measured } from "../fanout/measure.ts";
import { type RunningServer, startServer } from "../fanout/server.ts";

const MAIN = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const DATA = process.env.BENCH_DIR ?? tmpdir();

// Debian keeps PostgreSQL where a shell does not look.
process.env.PATH += globSync("/usr/lib/postgresql/*/bin")
  .reverse()
  .map((folder) => `${delimiter}${folder}`)
  .join("");

/** What there is: one natter on SQLite, or so many on PostgreSQL and Redis; `bus: false` is one without Redis. */
export type Setup = {
  readonly title: string;
  readonly nodes: number;
  readonly database: boolean;
  readonly bus: boolean;
};

export const SETUPS = {
  sqlite: { title: "one node, SQLite", nodes: 1, database: false, bus: false },
  alone: { title: "one node, PostgreSQL", nodes: 1, database: true, bus: false },
  one: { title: "one node, PostgreSQL and Redis", nodes: 1, database: true, bus: true },
  two: { title: "two nodes", nodes: 2, database: true, bus: true },
  three: { title: "three nodes", nodes: 3, database: true, bus: true },
} as const satisfies Record<string, Setup>;

export type Started = {
  readonly ports: readonly number[];
  /** All nodes, for the load generator. */
  readonly server: Measured;
  /** PostgreSQL and Redis. */
  readonly beside: Readonly<Record<string, string>>;
};

/** @throws {BenchError} where a program is missing */
export async function withSetup<Result>(
  setup: Setup,
  measure: (started: Started) => Promise<Result>,
): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  const folder = await folderFor(stack);
  const beside: RunningServer[] = [];
  const urls: string[] = [];
  if (setup.database) {
    const postgres = await startPostgres(stack);
    beside.push(postgres);
    urls.push("--database-url", postgres.url);
  }
  if (setup.bus) {
    const redis = await startRedis(stack);
    beside.push(redis);
    urls.push("--bus-url", `redis://127.0.0.1:${redis.port}`);
  }
  const numbers = Array.from({ length: setup.nodes }, (_, index) => index);
  const starting = numbers.map((index) => startNode(stack, ["--data", join(folder, `${index}`), ...urls]));
  await Promise.allSettled(starting); // so that all are stopped where one does not start
  const nodes = await Promise.all(starting);
  const ports = nodes.map(({ port }) => port);
  const pids = (servers: readonly RunningServer[]): string => servers.map(({ pid }) => pid).join();
  return await measure({
    ports,
    server: { port: ports.join(), pid: pids(nodes) },
    beside: beside.length === 0 ? {} : { beside: pids(beside) },
  });
}

async function startNode(stack: AsyncDisposableStack, args: readonly string[]): Promise<RunningServer> {
  const natter = [process.execPath, "--conditions=@natter/source", MAIN, "serve"];
  const options = ["--port", "0", "--ws-port", "0", "--message-rate", "0", "--log-level", "warn"];
  const node = await startServer({ command: [...natter, ...options, ...args], anyCore: true });
  stack.defer(() => node.stop());
  return node;
}

/** As it comes, so with fsync, and with its data on the disk. */
export async function startPostgres(stack: AsyncDisposableStack): Promise<RunningServer & { url: string }> {
  const folder = await folderFor(stack);
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, idOf("-u"), idOf("-g"));
  const user = isRoot ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] : [];
  const initdb = `initdb -D "$0" -U natter -A trust -E UTF8 --locale=C`;
  const run = `postgres -D "$0" -p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  const server = await start("initdb", "postgresql", {
    command: [...user, "sh", "-c", `${initdb} && exec ${run}`, join(folder, "data")],
    listens: /database system is ready to accept connections/,
    cwd: folder,
    stopBy: "SIGINT",
  });
  stack.defer(() => server.stop());
  return { ...server, port, url: `postgres://natter@127.0.0.1:${port}/postgres` };
}

export async function startRedis(stack: AsyncDisposableStack): Promise<RunningServer> {
  const port = await freePort();
  const options = ["--bind", "127.0.0.1", "--port", `${port}`, "--save", "", "--appendonly", "no"];
  const listens = /Ready to accept connections/;
  const server = await start("redis-server", "redis", { command: ["redis-server", ...options], listens });
  stack.defer(() => server.stop());
  return { ...server, port };
}

async function start(
  program: string,
  from: string,
  how: Parameters<typeof startServer>[0],
): Promise<RunningServer> {
  if (spawnSync(program, ["--version"]).status !== 0)
    throw new BenchError(`This needs ${program}: on Debian, apt-get install ${from}.`);
  return await startServer({ ...how, anyCore: true });
}

async function folderFor(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(DATA, "natter-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function idOf(flag: "-u" | "-g"): number {
  return Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
