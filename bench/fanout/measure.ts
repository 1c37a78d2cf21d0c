// One run of one peer: a fresh server, the load beside it, and what both of them found.

import { spawn } from "node:child_process";
import { canPin } from "../support/server.ts";
import type { Load } from "./cases.ts";
import { compile } from "./install.ts";
import type { Peer } from "./peers.ts";

/** As the load generator says it; times of the measurement alone, but for those of joining. */
export type Found = {
  joinSeconds: number;
  joinServerCpuSeconds: number;
  joinLoadCpuSeconds: number;
  /** Until all had what they lacked. */
  caughtUpSeconds: number;
  caughtUpServerCpuSeconds: number;
  serverBytesBefore: number;
  serverBytesAfter: number;
  serverBytesAtEnd: number;
  seconds: number;
  serverCpuSeconds: number;
  /** Of what the server needs, such as a database. */
  besideCpuSeconds: number;
  loadCpuSeconds: number;
  /** What the whole machine used, to within a hundredth. */
  allCpuSeconds: number;
  messages: number;
  deliveries: number;
  reads: number;
  bytesRead: number;
  meanUs: number;
  p50Us: number;
  p99Us: number;
  maxUs: number;
  /** Messages whose text and order were looked at, of all. */
  checked: number;
  wrongOrder: number;
  wrongText: number;
  closed: number;
  sentInAll: number;
  expectedInAll: number;
  deliveredInAll: number;
};

export type Run = Found & {
  /** Messages delivered for each second of the server's CPU time. */
  perCpuSecond: number;
  /** What makes the figure doubtful, in words. */
  doubts: readonly string[];
};

/** Past this share of its core, it is the load that is measured. */
const LOAD_LIMIT = 0.95;
/** A server that uses so much of its own core is at its limit all the same. */
const SERVER_FULL = 0.9;
/** More than so much of a core used by others: whoever waits for the core finds more messages at a time than else. */
const QUIET = 0.1;
/** A pace that is kept to within so much is kept. */
const PACE_SLACK = 0.02;
const PATIENCE_MS = 200_000;
const TEXT_BYTES = 100;

/** How long it warms up and how long it is measured. */
export type Times = { readonly warm: number; readonly seconds: number };

export async function measure(peer: Peer, load: Load, times: Times): Promise<Run> {
  const server = await peer.start();
  try {
    const found = await runLoad(server, {
      protocol: peer.protocol,
      members: load.members,
      rooms: load.rooms ?? 1,
      senders: load.senders,
      rate: load.perSecond ?? 0,
      outstanding: load.outstanding ?? 64,
      size: (load.textBytes ?? TEXT_BYTES) + (peer.wider ?? 0),
      echo: peer.onlyEchoes ? 1 : 0,
      ...times,
    });
    const perCpuSecond = found.deliveries / found.serverCpuSeconds;
    return { ...found, perCpuSecond, doubts: doubtsOf(found, load) };
  } finally {
    await server.stop();
  }
}

/** One server, or several: ports and processes in a row, with commas. */
export type Measured = { readonly port: number | string; readonly pid: number | string };

/** @throws {Error} with what the load generator said, where it gave up */
export async function runLoad(
  server: Measured,
  options: Readonly<Record<string, string | number>>,
): Promise<Found> {
  const all = { port: server.port, server: server.pid, ...options };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const [program, ...pinned] = [...(canPin() ? ["taskset", "-c", "1"] : []), compile("load")];
  const child = spawn(program!, [...pinned, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (texts.out += chunk));
  child.stderr.on("data", (chunk) => (texts.err += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(late);
  if (code !== 0) throw new Error(`the load generator gave up: ${texts.err.trim() || `exit ${code}`}`);
  return JSON.parse(texts.out);
}

/** What neither server nor load used, of one core. */
export function othersShare(found: Found): number {
  const { allCpuSeconds, serverCpuSeconds, besideCpuSeconds, loadCpuSeconds, seconds } = found;
  return Math.max(0, allCpuSeconds - serverCpuSeconds - besideCpuSeconds - loadCpuSeconds) / seconds;
}

export function doubtsOf(found: Found, load: Load): string[] {
  const doubts: string[] = [];
  const share = {
    load: found.loadCpuSeconds / found.seconds,
    server: found.serverCpuSeconds / found.seconds,
  };
  if (share.load > LOAD_LIMIT && share.server < SERVER_FULL) doubts.push("the load was the limit");
  const others = othersShare(found);
  if (others > QUIET) doubts.push("the machine was busy with something else");
  const lost = found.expectedInAll - found.deliveredInAll;
  if (lost > 0) doubts.push(`${lost} of ${found.expectedInAll} deliveries lost`);
  if (lost < 0) doubts.push(`${-lost} deliveries too many`);
  if (found.wrongText > 0) doubts.push(`${found.wrongText} of ${found.checked} texts wrong`);
  if (found.wrongOrder > 0) doubts.push(`${found.wrongOrder} of ${found.checked} out of order`);
  if (found.closed > 0) doubts.push(`${found.closed} connections closed`);
  const reached = found.deliveries / (found.expectedInAll / found.sentInAll) / found.seconds;
  // One message more or less may fall into the measurement.
  const least = (load.perSecond ?? 0) * (1 - PACE_SLACK) - 1 / found.seconds;
  if (reached < least) doubts.push(`kept up with ${Math.round(reached)} a second only`);
  return doubts;
}
