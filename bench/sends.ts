// Durable sends through the whole server: natter.v1 clients, each message committed with fsync before anybody gets
// it. Everybody in a room gets every message of it, so few rooms mean more deliveries, and many rooms more pages to write.

import { keep, median, print, printTable, quantile } from "./support/report.ts";
import { MeasuredServer, pinLoad } from "./support/server.ts";
import { WireClient } from "./support/wire-client.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
const TEXT = "x".repeat(100);
/** Senders, the rooms they are spread over, and how many messages each has on its way at a time. */
type Case = { senders: number; rooms: number; outstanding: number };

const CASES: readonly Case[] = [
  { senders: 1, rooms: 1, outstanding: 1 },
  { senders: 20, rooms: 1, outstanding: 1 },
  { senders: 200, rooms: 20, outstanding: 1 },
  { senders: 200, rooms: 20, outstanding: 8 },
  { senders: 200, rooms: 200, outstanding: 8 },
];

type Figures = {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  longestBlockMs: number;
  serverCpu: number;
  loadCpu: number;
};

export async function sends(): Promise<void> {
  pinLoad();
  const all: Record<string, Figures[]> = {};
  for (let run = 0; run < RUNS; run++) {
    for (const each of CASES) {
      const name = `${each.senders} in ${each.rooms} × ${each.outstanding}`;
      all[name] ??= [];
      all[name].push(await measure(each));
    }
  }
  print(`\nDurable sends, ${RUNS} alternating runs of ${SECONDS} s, medians; texts of 100 bytes`);
  printTable(
    Object.entries(all).map(([name, runs]) => {
      const of = (key: keyof Figures): number => median(runs.map((each) => each[key]));
      const spread = runs.map(({ perSecond }) => perSecond);
      return {
        "senders in rooms × outstanding": name,
        "per second": Math.round(of("perSecond")).toLocaleString("en"),
        spread: `${Math.round(Math.min(...spread))}–${Math.round(Math.max(...spread))}`,
        "p50 ms": of("p50Ms").toFixed(2),
        "p99 ms": of("p99Ms").toFixed(2),
        "longest block ms": of("longestBlockMs").toFixed(1),
        "server CPU": of("serverCpu").toFixed(2),
        "load CPU": of("loadCpu").toFixed(2),
      };
    }),
  );
  await keep("sends", all);
}

async function measure({ senders, rooms, outstanding }: Case): Promise<Figures> {
  const server = await MeasuredServer.start();
  const took: number[] = [];
  let isMeasuring = false;
  const onAcknowledged = (ms: number): void => {
    if (isMeasuring) took.push(ms);
  };
  const clients = await Promise.all(
    Array.from({ length: senders }, (_, index) => startSender(server.port, index, `bench-${index % rooms}`)),
  );
  for (const { sendOne, events } of clients) {
    events.onAcknowledged = onAcknowledged;
    for (let count = 0; count < outstanding; count++) sendOne();
  }
  await pause(500); // what is compiled and cached by now is so in every run
  await server.reset();
  const cpu = process.cpuUsage();
  const start = performance.now();
  isMeasuring = true;
  await pause(SECONDS * 1_000);
  isMeasuring = false;
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const seen = await server.seen();
  for (const { client } of clients) client.close();
  await server.stop();
  return {
    perSecond: took.length / (elapsedMs / 1_000),
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
    longestBlockMs: seen.longestBlockMs,
    serverCpu: seen.cpuMs / elapsedMs,
    loadCpu: (user + system) / 1_000 / elapsedMs,
  };
}

type Sender = {
  client: WireClient;
  sendOne: () => void;
  events: { onAcknowledged: (ms: number) => void };
};

/** Once begun, sends as soon as an earlier message is acknowledged, for ever. */
async function startSender(port: number, index: number, room: string): Promise<Sender> {
  const client = await WireClient.connect(port);
  const joined = new Promise<void>((resolve) => {
    client.onText = (payload) => {
      if (payload.indexOf('"type":"joined"') > 0) resolve();
    };
  });
  client.send(`{"type":"hello","name":"Bench"}`);
  client.send(`{"type":"join","room":"${room}"}`);
  await joined;

  const events: Sender["events"] = { onAcknowledged: () => {} };
  const sentAt = new Map<string, number>();
  let next = 0;
  const sendOne = (): void => {
    const id = `${index}-${next++}`;
    sentAt.set(id, performance.now());
    client.send(`{"type":"send","room":"${room}","id":"${id}","text":"${TEXT}"}`);
  };
  const idStart = Buffer.from(`"id":"${index}-`);
  const prefix = '"id":"'.length;
  client.onText = (payload) => {
    const at = payload.indexOf(idStart); // others' messages have others' ids
    if (at < 0) return;
    const id = payload.toString("latin1", at + prefix, payload.indexOf(0x22, at + prefix));
    const since = sentAt.get(id);
    if (since === undefined) return;
    sentAt.delete(id);
    events.onAcknowledged(performance.now() - since);
    sendOne();
  };
  return { client, sendOne, events };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
