// What a run needs and natter does not: the peers' packages, what is in C, and NATS. All of it goes where git does not
// look, and nothing is installed on the machine.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { print } from "../support/report.ts";
import { BenchError } from "./bench-error.ts";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const CACHE = join(BENCH, ".cache");
export const PEERS = join(BENCH, "peers");
const COMPILER = process.env.CC ?? "gcc";

/** @returns why they could not be installed, if so */
export function installPackages(): string | undefined {
  const stamp = join(PEERS, "node_modules/.natter-bench");
  const wanted = hashOf([join(PEERS, "package-lock.json")]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return undefined;
  print("Installing the peers' packages …");
  // npm runs on the system's Node; see scripts/setup.mjs.
  const { npm_execpath: npm, npm_node_execpath: node = process.execPath } = process.env;
  const ci = ["ci", "--loglevel=error"];
  const [command, args] = npm === undefined ? ["npm", ci] : [node, [npm, ...ci]];
  const failure = run(command, args, PEERS);
  if (failure === undefined) writeFileSync(stamp, wanted);
  return failure && `npm could not install its package: ${failure}`;
}

/**
 * Compiles a folder of C, unless that was done.
 *
 * @returns the program
 * @throws {BenchError} without a compiler
 */
export function compile(folder: "load" | "peers/relay"): string {
  const sources = globSync("*.{c,h}", { cwd: join(BENCH, folder) })
    .sort()
    .map((file) => join(BENCH, folder, file));
  const program = join(CACHE, `${folder.replace("peers/", "")}-${hashOf(sources).slice(0, 12)}`);
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const flags = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra"];
  const files = sources.filter((file) => file.endsWith(".c"));
  const failure = run(COMPILER, [...flags, "-o", program, ...files]);
  if (failure === undefined) return program;
  throw new BenchError(
    `bench/${folder} is in C and could not be compiled: ${failure} ` +
      "(on Debian, apt-get install gcc libc6-dev; CC names another compiler)",
  );
}

/**
 * The system's nats-server, or else Debian's, unpacked and not installed: that would start it, open to everybody.
 *
 * @returns the program, or why there is none
 */
export function findNats(): { program: string } | { absent: string } {
  if (spawnSync("nats-server", ["--version"]).status === 0) return { program: "nats-server" };
  const folder = join(CACHE, "nats");
  const program = join(folder, "usr/sbin/nats-server");
  if (existsSync(program)) return { program };
  mkdirSync(folder, { recursive: true });
  const failure = run("apt-get", ["download", "-qq", "nats-server"], folder);
  if (failure !== undefined)
    return { absent: `there is no nats-server, and apt-get cannot get it: ${failure}` };
  const [archive = ""] = globSync("*.deb", { cwd: folder });
  const broken = run("dpkg-deb", ["--extract", archive, "."], folder);
  return broken === undefined ? { program } : { absent: `nats-server could not be unpacked: ${broken}` };
}

/** @returns the first line of what went wrong, if something did */
function run(command: string, args: readonly string[], cwd = BENCH): string | undefined {
  const { NODE_OPTIONS: _, ...env } = process.env; // a condition of ours, which says nothing to npm's Node
  const { status, error, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `${command} ended with ${status}`);
}

function hashOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.update(`${process.platform} ${process.arch}`).digest("hex");
}
