// A real PostgreSQL for tests: a server of its own for each test file, with its data in memory where there is such a
// folder, on a port of its own, gone with the process that started it.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

const READY_TIMEOUT_MS = 30_000;

/** The folder of Debian's newest, or where `initdb` is found; undefined where there is none. */
export const postgresPrograms: string | undefined = findPrograms();

/** For `skip:` of a test: why there is no PostgreSQL, or false. */
export const noPostgres = postgresPrograms === undefined && "PostgreSQL is not installed";

export interface PostgresServer {
  readonly port: number;
  /** Of a database of its own, new and empty. */
  database(): Promise<string>;
  /** The log of a database as it was when it was made: quicker than another database. */
  empty(url: string): Promise<void>;
  /** Ends it in an orderly way (`fast`: connections are cut), and starts it again on the same port, with other settings. */
  restart(settings?: Record<string, string>, as?: { standby: boolean }): Promise<void>;
  /** As if the machine had lost its power: what was not synced is gone as far as PostgreSQL is concerned. */
  crash(): Promise<void>;
  start(settings?: Record<string, string>): Promise<void>;
  /** Ends it and removes its data. */
  end(): Promise<void>;
}

const EMPTY = `
  TRUNCATE natter.rooms, natter.changes, natter.events, natter.members;
  ALTER SEQUENCE natter.numbers RESTART`;

/** PostgreSQL refuses to run as root: there, its own user runs it. */
const asUser = process.getuid?.() === 0 ? userOf("postgres") : undefined;

/** Linux ends it with the process that started it, even where that was killed. */
const WITH_PARENT =
  spawnSync("setpriv", ["--version"]).status === 0 ? ["setpriv", "--pdeathsig", "QUIT"] : [];

export async function startPostgres(settings: Record<string, string> = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "natter-postgres-"));
  if (asUser !== undefined) chownSync(folder, asUser.uid, asUser.gid);
  const data = join(folder, "data");
  const made = spawnSync(
    program("initdb"),
    ["-D", data, "-U", "natter", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...asUser, cwd: folder, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const url = (name: string): string => `postgres://natter:secret@127.0.0.1:${port}/${name}`;
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  let child: ChildProcess | undefined;
  let databases = 0;

  async function start(over = settings): Promise<void> {
    child = run(data, port, { ...settings, ...over });
    await untilReady(url("postgres"), child);
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    child = undefined;
  }

  await start();
  return {
    port,
    async database() {
      databases += 1;
      await query(url("postgres"), `CREATE DATABASE test_${databases}`);
      return url(`test_${databases}`);
    },
    empty: (url) => query(url, EMPTY).then(() => {}),
    async restart(over, as) {
      await stop("SIGINT");
      if (as?.standby) writeFileSync(join(data, "standby.signal"), "");
      await start(over);
    },
    crash: () => stop("SIGQUIT"),
    start,
    async end() {
      await stop("SIGINT");
      remove();
      process.off("exit", remove);
    },
  };
}

/** One statement, or several, on a connection of its own. */
export async function query<Row>(url: string, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

function run(data: string, port: number, settings: Record<string, string>): ChildProcess {
  const all: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "60",
    shared_buffers: "32MB",
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [...WITH_PARENT, program("postgres")];
  const server = spawn(command[0]!, [...command.slice(1), "-D", data, "-p", String(port), ...args], {
    ...asUser,
    cwd: data,
    stdio: ["ignore", "ignore", process.env.NATTER_TEST_POSTGRES_LOG ? "inherit" : "ignore"],
  });
  const kill = (): void => void server.kill("SIGQUIT");
  process.on("exit", kill);
  server.on("exit", () => process.off("exit", kill));
  return server;
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await query(url, "SELECT 1");
      return;
    } catch (error) {
      if (server.exitCode !== null || performance.now() > deadline) throw error;
      await pause(20);
    }
  }
}

function program(name: string): string {
  if (postgresPrograms === undefined) throw new Error("PostgreSQL is not installed.");
  return join(postgresPrograms, name);
}

function findPrograms(): string | undefined {
  const debian = globSync("/usr/lib/postgresql/*/bin/initdb").sort(
    (a, b) => Number(a.split("/")[4]) - Number(b.split("/")[4]),
  );
  const inPath = (process.env.PATH ?? "").split(":").map((folder) => join(folder, "initdb"));
  const found = debian.at(-1) ?? inPath.find((file) => existsSync(file));
  return found === undefined ? undefined : dirname(found);
}

function userOf(name: string): { uid: number; gid: number } | undefined {
  const id = (flag: string): number =>
    Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout || Number.NaN);
  const [uid, gid] = [id("-u"), id("-g")];
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
