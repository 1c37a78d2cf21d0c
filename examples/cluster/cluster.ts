// A cluster on one machine, for looking at: PostgreSQL, Redis, three natters, and nginx in front of them.
//
//     npm run cluster                       until Ctrl-C; what was written is gone then
//     npm run cluster -- --data ./cluster   keeps it there
//     npm run cluster -- --port 9000        the page there, everything else on the five ports after it
//
// Kill one of the natters by its process number and go on writing: nginx sends its people to the others.

import { spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Command, Part } from "./part.ts";

const MAIN = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const NGINX_CONF = fileURLToPath(new URL("nginx.conf", import.meta.url));
/** Debian keeps them where a shell does not look. */
const MORE_FOLDERS = ["/usr/sbin", ...globSync("/usr/lib/postgresql/*/bin").reverse()];
const PACKAGES = { initdb: "postgresql", "redis-server": "redis", nginx: "nginx" };

process.env.PATH = [process.env.PATH, ...MORE_FOLDERS].join(delimiter);

const { values } = parseArgs({
  options: { data: { type: "string" }, port: { type: "string", default: "8000" } },
});
const port = Number(values.port);
const url = `http://localhost:${port}`;

const isTemporary = values.data === undefined;

requirePrograms();
const folder = isTemporary ? mkdtempSync(join(tmpdir(), "natter-cluster-")) : resolve(values.data!);
mkdirSync(join(folder, "nginx"), { recursive: true });

/** Each stage needs those before it. */
const stages: readonly (readonly Command[])[] = [[postgres(), redis()], [1, 2, 3].map(node), [nginx()]];
const parts: Part[][] = [];
let stopping: Promise<void> | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

try {
  for (const stage of stages) {
    if (stopping) break;
    const starting = stage.map((command) => new Part(command, join(folder, `${command.name}.log`)));
    parts.push(starting);
    await Promise.all(starting.map((part) => part.started()));
  }
  if (!stopping) greet();
} catch (error) {
  if (!stopping) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
  await stop();
}

function postgres(): Command {
  // It refuses to run as root: there, its own user does.
  const isRoot = process.getuid?.() === 0;
  const user = isRoot && { uid: idOf("-u", "postgres"), gid: idOf("-g", "postgres") };
  if (user) chownSync(folder, user.uid, user.gid);
  const sync = isTemporary ? "--no-sync" : "";
  const initdb = `initdb -D "$0" -U natter -A trust -E UTF8 --locale=C ${sync}`;
  const run = `postgres -D "$0" -p ${port + 4} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  return {
    name: "postgres",
    command: ["sh", "-c", `test -f "$0/PG_VERSION" || ${initdb} && exec ${run}`, join(folder, "postgres")],
    ready: /database system is ready to accept connections/,
    options: { cwd: folder, ...user },
  };
}

/** It keeps nothing: all that goes through it are hints. */
function redis(): Command {
  const args = ["--bind", "127.0.0.1", "--port", `${port + 5}`, "--save", "", "--appendonly", "no"];
  return {
    name: "redis",
    command: ["redis-server", ...args],
    ready: /Ready to accept connections/,
    options: { cwd: folder },
  };
}

function node(number: number): Command {
  const ports = ["--port", `${port + number}`, "--ws-port", "0"];
  const shared = [
    ...["--database-url", `postgres://natter@127.0.0.1:${port + 4}/postgres`],
    ...["--bus-url", `redis://127.0.0.1:${port + 5}`],
  ];
  const behind = ["--public-url", url, "--trust-proxy", "loopback"];
  return {
    name: `natter-${number}`,
    command: [process.execPath, "--conditions=@natter/source", MAIN, "serve", ...ports, ...shared, ...behind],
    ready: /WebSocket {2}ws:/,
    options: { cwd: folder },
  };
}

function nginx(): Command {
  const ours = readFileSync(NGINX_CONF, "utf8").replace(
    /127\.0\.0\.1:800(\d)/g,
    (_, number) => `127.0.0.1:${port + Number(number)}`,
  );
  const file = join(folder, "nginx.conf");
  writeFileSync(file, ours);
  return {
    name: "nginx",
    command: ["nginx", "-p", folder, "-c", file, "-e", "stderr"],
    ready: /nginx\/\d/,
    options: { cwd: folder },
  };
}

function greet(): void {
  console.log(`Open ${url} in two browsers. Ctrl-C ends everything.\n`);
  for (const part of parts.flat()) {
    console.log(`  ${part.name.padEnd(9)} process ${String(part.pid).padEnd(8)} log ${part.log}`);
    part.onEnd(() => stopping ?? console.log(`${part.name} has ended: see ${part.log}`));
  }
  console.log(`\nData: ${folder}${isTemporary ? ", removed at the end" : ""}`);
}

/** Comes twice where npm passes on what the terminal said already. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const stage of parts.toReversed()) await Promise.all(stage.map((part) => part.stop()));
    if (isTemporary) rmSync(folder, { recursive: true });
  })();
  return stopping;
}

function requirePrograms(): void {
  const folders = process.env.PATH!.split(delimiter);
  const missing = Object.entries(PACKAGES)
    .filter(([program]) => !folders.some((each) => existsSync(join(each, program))))
    .map(([, name]) => name);
  if (missing.length > 0)
    fail(`This needs ${missing.join(" and ")}: apt-get install ${missing.join(" ")}, or brew install them.`);
}

function idOf(flag: "-u" | "-g", user: string): number {
  const { status, stdout } = spawnSync("id", [flag, user], { encoding: "utf8" });
  if (status !== 0)
    fail(`PostgreSQL does not run as root, and there is no user ${user}: run this as another.`);
  return Number(stdout);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
