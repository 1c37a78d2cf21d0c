// PostgreSQL and Redis by themselves: what is there to be had, before natter.

import { createConnection, type Socket } from "node:net";
import { openPostgresStore } from "natter/store";
import { quantile } from "../support/report.ts";
import { cpuSecondsOf } from "./cpu.ts";
import { startPostgres, startRedis } from "./services.ts";

const TEXT = "x".repeat(100);
const WARM_MS = 500;

export type Rows = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of PostgreSQL, in cores. */
  readonly cpu: number;
  /** Of this process: natter's store and the load. */
  readonly ownCpu: number;
};

/** Appends of one message each by natter's store, without sockets and JSON; each waits for its commit. */
export async function rows(appenders: number, rooms: number, seconds: number): Promise<Rows> {
  await using stack = new AsyncDisposableStack();
  const postgres = await startPostgres(stack);
  const store = await openPostgresStore({ url: postgres.url });
  stack.defer(() => store.close());
  const took: number[] = [];
  const start = performance.now() + WARM_MS;
  const end = start + seconds * 1_000;
  async function append(appender: number): Promise<void> {
    const from = { id: `sender-${appender}`.padEnd(22, "0"), name: "Ada" };
    for (let next = 0; performance.now() < end; next++) {
      const before = performance.now();
      const draft = { kind: "message", id: `${next}`, at: Date.now(), from, text: TEXT } as const;
      await store.append(`room-${appender % rooms}`, [draft]);
      if (before >= start) took.push(performance.now() - before);
    }
  }
  const appending = Array.from({ length: appenders }, (_, index) => append(index));
  await pause(WARM_MS);
  const cpu = lookAt(postgres.pid);
  await Promise.all(appending);
  const elapsed = (performance.now() - start) / 1_000;
  return {
    perSecond: took.length / elapsed,
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
    ...cpu(),
  };
}

export type Hints = {
  readonly perSecond: number;
  readonly heardPerSecond: number;
  /** Of Redis, in cores: it uses one at most. */
  readonly cpu: number;
  /** Of this process, which publishes and hears. */
  readonly ownCpu: number;
};

/** The length of a hint of one event with a text of 100 bytes, as nodes publish it. */
const HINT = Buffer.alloc(300, "x");
const CHANNEL = "natter:bench:room:bench";
/** As many as wait for an answer: more would only wait in Redis. */
const AT_ONCE = 100;

/** Hints published to so many subscribed nodes, as bytes made before: so that Redis is the limit. */
export async function hints(nodes: number, seconds: number): Promise<Hints> {
  await using stack = new AsyncDisposableStack();
  const { port, pid } = await startRedis(stack);
  let heardBytes = 0;
  for (let node = 0; node < nodes; node++) {
    const subscriber = await open(stack, port);
    const subscribed = new Promise((resolve) => subscriber.once("data", resolve));
    subscriber.write(command("SUBSCRIBE", CHANNEL));
    await subscribed;
    subscriber.on("data", (bytes) => (heardBytes += bytes.length));
  }
  const heardEach = push("message", CHANNEL, HINT).length;
  const batch = Buffer.concat(Array(AT_ONCE).fill(command("PUBLISH", CHANNEL, HINT)));
  const answer = `:${nodes}\r\n`.length * AT_ONCE;
  const publisher = await open(stack, port);
  let published = 0;
  let answered = 0;
  publisher.on("data", (bytes) => {
    answered += bytes.length;
    for (; answered >= answer; answered -= answer, published += AT_ONCE) publisher.write(batch);
  });
  publisher.write(batch);
  await pause(WARM_MS);
  const before = { at: performance.now(), published, heardBytes };
  const cpu = lookAt(pid);
  await pause(seconds * 1_000);
  const elapsed = (performance.now() - before.at) / 1_000;
  return {
    perSecond: (published - before.published) / elapsed,
    heardPerSecond: (heardBytes - before.heardBytes) / heardEach / elapsed,
    ...cpu(),
  };
}

async function open(stack: AsyncDisposableStack, port: number): Promise<Socket> {
  const socket = createConnection({ port, host: "127.0.0.1", noDelay: true });
  stack.defer(() => void socket.destroy());
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}

/** As Redis is asked, and as it tells (with protocol 2, to bytes the same in both). */
function command(...words: (string | Buffer)[]): Buffer {
  const bulk = words.flatMap((word) => [`$${Buffer.byteLength(word)}\r\n`, word, "\r\n"]);
  return Buffer.concat([`*${words.length}\r\n`, ...bulk].map((part) => Buffer.from(part as string)));
}
const push = command;

/** @returns what it and this process have used since, in cores */
function lookAt(pid: number): () => { cpu: number; ownCpu: number } {
  const before = { at: performance.now(), cpu: cpuSecondsOf(pid), own: process.cpuUsage() };
  return () => {
    const elapsed = (performance.now() - before.at) / 1_000;
    const { user, system } = process.cpuUsage(before.own);
    return {
      cpu: (cpuSecondsOf(pid) - before.cpu) / elapsed,
      ownCpu: (user + system) / 1e6 / elapsed,
    };
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
