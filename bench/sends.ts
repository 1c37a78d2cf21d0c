// Durable sends through the whole server: natter.v1 clients, each in a room of its own, each message committed with
// fsync before its acknowledgement. It leaves out fan-out to others: bench for that is bench of the hub.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { keep, median, print, printTable, quantile } from "./support/report.ts";
import { MeasuredServer, pinLoad } from "./support/server.ts";
import { WireClient } from "./support/wire-client.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const RUNS = Number(process.env.BENCH_RUNS ?? 5);
const TEXT = "x".repeat(100);
/** Senders, and how many messages each has on its way at a time. */
const CASES = [
  { senders: 1, outstanding: 1 },
  { senders: 20, outstanding: 1 },
  { senders: 200, outstanding: 1 },
  { senders: 200, outstanding: 8 },
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
    for (const { senders, outstanding } of CASES) {
      const name = `${senders} × ${outstanding}`;
      all[name] ??= [];
      all[name].push(await measure(senders, outstanding));
    }
  }
  print(`\nDurable sends, ${RUNS} alternating runs of ${SECONDS} s, medians; texts of 100 bytes`);
  printTable(
    Object.entries(all).map(([name, runs]) => {
      const of = (key: keyof Figures): number => median(runs.map((each) => each[key]));
      const spread = runs.map(({ perSecond }) => perSecond);
      return {
        "senders × outstanding": name,
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

async function measure(senders: number, outstanding: number): Promise<Figures> {
  const server = await MeasuredServer.start();
  const took: number[] = [];
  let isMeasuring = false;
  const clients = await Promise.all(
    Array.from({ length: senders }, (_, index) =>
      startSender(server.port, index, outstanding, (ms) => {
        if (isMeasuring) took.push(ms);
      }),
    ),
  );
  await pause(500); // what is compiled and cached by now is so in every run
  await server.reset();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  isMeasuring = true;
  await pause(SECONDS * 1_000);
  isMeasuring = false;
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const seen = await server.seen();
  for (const client of clients) client.close();
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

/** Sends as soon as an earlier message is acknowledged, for ever. */
async function startSender(
  port: number,
  index: number,
  outstanding: number,
  onAcknowledged: (ms: number) => void,
): Promise<WireClient> {
  const client = await WireClient.connect(port);
  const room = `bench-${index}`;
  const sentAt = new Map<string, number>();
  let next = 0;
  const send = (): void => {
    const id = `${index}-${next++}`;
    sentAt.set(id, performance.now());
    client.send(`{"type":"send","room":"${room}","id":"${id}","text":"${TEXT}"}`);
  };
  await new Promise<void>((resolve) => {
    client.onText = (payload) => {
      if (payload.indexOf('"type":"joined"') > 0) resolve();
    };
    client.send(`{"type":"hello","name":"Bench"}`);
    client.send(`{"type":"join","room":"${room}"}`);
  });
  client.onText = (payload) => {
    const text = payload.toString("latin1");
    const id = /^\{"type":"event".*?"id":"([^"]+)"/.exec(text)?.[1];
    const at = id === undefined ? undefined : sentAt.get(id);
    if (id === undefined || at === undefined) return;
    sentAt.delete(id);
    onAcknowledged(performance.now() - at);
    send();
  };
  for (let count = 0; count < outstanding; count++) send();
  return client;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
