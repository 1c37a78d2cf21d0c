// Who is measured: each a program of its own that does the same, the relay natter began with.

import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, findNats, installPackages, PEERS } from "./install.ts";
import { type RunningServer, startServer } from "./server.ts";

export type Peer = {
  readonly title: string;
  /** What the load generator speaks to it. */
  readonly protocol: "plain" | "natter.v1" | "socket.io" | "nats";
  /** Bytes that each text has more than the case says, so that what is delivered is as large as elsewhere. */
  readonly wider?: number;
  /** A message goes to its sender and to nobody else. */
  readonly onlyEchoes?: true;
  /** @throws {Error} with the reason why it cannot be measured here */
  start(): Promise<RunningServer>;
};

/** What an event of natter.v1 has besides its text, as the load generator's are, less what the relay adds. */
const EVENT_BYTES = 141;

const OURS = ["hub", "hub-wide", "chat-plain", "chat-v1"];

const node = [process.execPath, "--conditions=@natter/source"];
const program = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export const PEERS_BY_NAME = {
  ws: {
    title: "loop over ws",
    protocol: "plain",
    start: () => startPackage([process.execPath, "ws-loop.mjs"]),
  },
  "ws-echo": {
    title: "ws, echo",
    protocol: "plain",
    onlyEchoes: true,
    start: () => startPackage([process.execPath, "ws-loop.mjs", "echo"]),
  },
  "socket.io": {
    title: "Socket.IO",
    protocol: "socket.io",
    start: () => startPackage([process.execPath, "socket-io.mjs"]),
  },
  nats: { title: "NATS server", protocol: "nats", start: startNats },
  bun: { title: "Bun publish", protocol: "plain", start: async () => startPackage([bun(), "bun.mjs"]) },
  c: {
    title: "C, the limit",
    protocol: "plain",
    start: async () => startServer({ command: [compile("peers/relay")] }),
  },
  hub: {
    title: "natter's hub",
    protocol: "plain",
    start: () => startServer({ command: [...node, program("hub.ts")] }),
  },
  "hub-wide": {
    title: "natter's hub, larger messages",
    protocol: "plain",
    wider: EVENT_BYTES,
    start: () => startServer({ command: [...node, program("hub.ts")] }),
  },
  "chat-plain": { title: "natter, plain clients", protocol: "plain", start: () => startChat() },
  "chat-v1": { title: "natter, natter.v1", protocol: "natter.v1", start: () => startChat() },
} as const satisfies Record<string, Peer>;

export type PeerName = keyof typeof PEERS_BY_NAME;

/** `ours` stands for all that is natter. */
export function peersNamed(names: readonly string[]): Set<string> {
  return new Set(names.flatMap((name) => (name === "ours" ? OURS : [name])));
}

async function startPackage(command: readonly string[]): Promise<RunningServer> {
  const failure = installPackages();
  if (failure !== undefined) throw new Error(failure);
  return startServer({ command, cwd: PEERS });
}

function bun(): string {
  const failure = installPackages();
  if (failure !== undefined) throw new Error(failure);
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  const path = join(PEERS, `node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`);
  if (spawnSync(path, ["--version"]).status === 0) return path;
  throw new Error(`npm brings no Bun that runs on ${process.platform}, ${process.arch}`);
}

async function startNats(): Promise<RunningServer> {
  const found = findNats();
  if ("absent" in found) throw new Error(found.absent);
  const command = [found.program, "--config", join(PEERS, "nats.conf")];
  return startServer({ command, listens: /websocket clients on ws:\/\/\S+:(\d+)$/ });
}

/**
 * As people run it, every message on disk before anybody gets it; but for the limit on messages a second.
 *
 * @param data a folder that stays; a new one that goes with the server if left out
 */
export async function startChat(data?: string): Promise<RunningServer> {
  const folder = data ?? (await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-")));
  const main = program("../../packages/server/src/main.ts");
  const options = ["--port", "0", "--ws-port", "0", "--data", folder, "--message-rate", "0"];
  const server = await startServer({ command: [...node, main, "serve", ...options, "--log-level", "warn"] });
  const stop = async (): Promise<void> => {
    await server.stop();
    if (data === undefined) await rm(folder, { recursive: true });
  };
  return { ...server, stop };
}
