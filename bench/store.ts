// What the embedded store does on this machine: durable appends, pages of history, resuming.
//
//   npm run bench -- store     BENCH_SECONDS a case (3), BENCH_EVENTS in the big room (1,000,000)
//
// The load and the store's two threads share the machine, and figures leave out everything around the store:
// no sockets, no JSON. Every append is acknowledged after its fsync.

import { mkdtemp, rm, statfs } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { openSqliteStore, type Store } from "natter/store";
import { draft } from "./support/draft.ts";

const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const bigRoom = Number(process.env.BENCH_EVENTS ?? 1_000_000);

const dataDir = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-"));
try {
  const store = await openSqliteStore({ dataDir });
  const { type } = await statfs(dataDir);
  print(
    `${new Date().toISOString()}  ${cpus()[0]?.model} × ${cpus().length}, Node ${process.version}, fs 0x${type.toString(16)}`,
  );
  print("\nDurable appends of one 100-byte message each, in one room");
  for (const appenders of [1, 20, 200]) await appends(store, { appenders, rooms: 1, batch: 1 });
  print("\nThe same in 20 rooms, and in batches");
  await appends(store, { appenders: 200, rooms: 20, batch: 1 });
  await appends(store, { appenders: 20, rooms: 20, batch: 10 });
  print(`\nA room of ${bigRoom.toLocaleString("en")} events`);
  await fill(store, "big", bigRoom);
  await appends(store, { appenders: 200, rooms: 1, batch: 1, room: "big" });
  await history(store, 1);
  await history(store, 100);
  await resume(store, 10_000);
  await openAgain(store);
} finally {
  await rm(dataDir, { recursive: true });
}

interface Load {
  appenders: number;
  rooms: number;
  batch: number;
  room?: string;
}

async function appends(store: Store, { appenders, rooms, batch, room }: Load): Promise<void> {
  const took: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  async function append(appender: number): Promise<void> {
    while (performance.now() < end) {
      const before = performance.now();
      const name = room ?? `appends-${appenders}-${appender % rooms}`;
      await store.append(
        name,
        Array.from({ length: batch }, () => draft(`sender-${appender}-00000000000`)),
      );
      took.push(performance.now() - before);
    }
  }
  await Promise.all(Array.from({ length: appenders }, (_, i) => append(i)));
  const elapsed = (performance.now() - start) / 1000;
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  print(
    `${pad(appenders)} appenders, ${pad(rooms)} rooms, batch ${pad(batch)}: ` +
      `${pad(Math.round((took.length * batch) / elapsed).toLocaleString("en"), 8)}/s  ${percentiles(took)}  ` +
      `loop delay max ${ms(delay.max / 1e6)}, CPU ${((user + system) / 1e6 / elapsed).toFixed(2)} cores`,
  );
}

async function fill(store: Store, room: string, events: number): Promise<void> {
  const start = performance.now();
  for (let done = 0; done < events; done += 10_000) {
    const batches = Array.from({ length: 10 }, (_, k) =>
      Array.from({ length: 1000 }, (_, i) => draft(`sender-${(k * 1000 + i) % 200}-00000000000`)),
    );
    await Promise.all(batches.map((batch) => store.append(room, batch)));
  }
  print(`filled at ${Math.round(events / ((performance.now() - start) / 1000)).toLocaleString("en")}/s`);
}

async function history(store: Store, clients: number): Promise<void> {
  const { head } = await store.head("big");
  const took: number[] = [];
  const end = performance.now() + seconds * 1000;
  async function ask(): Promise<void> {
    while (performance.now() < end) {
      const before = performance.now();
      await store.read("big", { before: 51 + Math.floor(Math.random() * head), limit: 50 });
      took.push(performance.now() - before);
    }
  }
  await Promise.all(Array.from({ length: clients }, ask));
  const rate = Math.round(took.length / seconds).toLocaleString("en");
  print(
    `history, 50 events anywhere, ${pad(clients)} clients: ${pad(rate, 8)} pages/s  ${percentiles(took)}`,
  );
}

async function resume(store: Store, events: number): Promise<void> {
  const { head } = await store.head("big");
  const took: number[] = [];
  for (let run = 0; run < 10; run++) {
    const before = performance.now();
    for (let after = head - events; after < head; ) {
      const page = await store.read("big", { after, limit: 500 });
      after = page.events.at(-1)!.seq;
    }
    took.push(performance.now() - before);
  }
  print(`resume of ${events.toLocaleString("en")} events, pages of 500: ${percentiles(took)}`);
}

async function openAgain(store: Store): Promise<void> {
  let before = performance.now();
  await store.close();
  const closed = performance.now() - before;
  before = performance.now();
  const again = await openSqliteStore({ dataDir });
  const opened = performance.now() - before;
  before = performance.now();
  await again.read("big", { before: 500_000, limit: 50 });
  print(`close ${ms(closed)}, open ${ms(opened)}, first page after it ${ms(performance.now() - before)}`);
  await again.close();
}

function percentiles(took: number[]): string {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) =>
    ms(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function pad(value: number | string, width = 3): string {
  return String(value).padStart(width);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
