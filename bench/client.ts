// The client library, in processes of its own: what it holds, what receiving costs it, how fast it catches up. Every
// event is looked at: a figure counts only where each came once, in order, as it was stored.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { receiving } from "./client/receiving.ts";
import { ClientProcess, checked, type Found } from "./support/client-process.ts";
import { CuttableProxy } from "./support/cuttable.ts";
import { fill, idOf, TEXTS, textOf } from "./support/known-log.ts";
import { type Recording, record } from "./support/replay.ts";
import { keep, median, print, printTable, spread } from "./support/report.ts";
import { MeasuredServer, pinLoad } from "./support/server.ts";
import { WireClient } from "./support/wire-client.ts";

const RUNS = Number(process.env.BENCH_RUNS ?? 5);
/** They come out the same each time. */
const MEMORY_RUNS = Math.min(3, RUNS);
const KNOWN = 100_000;
const LIVE = 100;
const BEHIND = 10_000;
/** As many as a client may have unsettled. */
const UNDER_WAY = 64;
const ROOM = "known";

type Held = { heapBytes: number; baseBytes: number; residentBytes: number; loadMs: number };
type CaughtUp = { fromConnectMs: number; fromOpenMs: number; cpuMs: number };

export async function client(): Promise<void> {
  pinLoad();
  const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-"));
  const figures: Record<string, unknown> = { texts: TEXTS };
  try {
    await fill(folder, ROOM, KNOWN);
    const server = await MeasuredServer.start(folder);
    let recording: Recording;
    try {
      figures.memory = await memory(server.port);
      figures.catchingUp = await catchingUp(server.port);
      recording = await record(server.port, ROOM, KNOWN);
    } finally {
      await server.stop();
    }
    figures.receiving = await receiving(recording, RUNS);
  } finally {
    await rm(folder, { recursive: true });
  }
  await keep("client", figures);
}

async function memory(port: number): Promise<Record<string, Held[]>> {
  const all: Record<string, Held[]> = { events: [], history: [] };
  for (let run = 0; run < MEMORY_RUNS; run++) {
    for (const [way, runs] of Object.entries(all)) {
      const args = [`ws://127.0.0.1:${port}/`, ROOM, KNOWN, way];
      await using process = new ClientProcess<Held & Found>("memory", args);
      runs.push(checked(await process.next(), KNOWN));
    }
  }
  print(
    `\nThe heap of a client that knows ${KNOWN.toLocaleString("en")} events; ${TEXTS}; ${MEMORY_RUNS} runs`,
  );
  printTable(
    Object.entries(all).map(([way, runs]) => ({
      "loaded by": way,
      MB: (median(runs.map(({ heapBytes }) => heapBytes)) / 1e6).toFixed(1),
      spread: spread(runs.map(({ heapBytes }) => heapBytes / 1e6)),
      "bytes an event": Math.round(median(runs.map(({ heapBytes }) => heapBytes)) / KNOWN),
      "ms to load": Math.round(median(runs.map(({ loadMs }) => loadMs))),
    })),
  );
  return all;
}

async function catchingUp(port: number): Promise<CaughtUp[]> {
  const runs: CaughtUp[] = [];
  await using process = new ClientProcess<{ at: string } & CaughtUp & Found>("catch-up", [LIVE, BEHIND]);
  for (let run = 0; run < RUNS; run++) {
    const room = `behind-${run}`;
    using proxy = await CuttableProxy.start(port);
    process.tell({ room, proxy: proxy.port });
    await process.next(); // joined
    await send(port, room, 1, LIVE);
    await process.next(); // live
    proxy.cut();
    await process.next(); // cut
    await send(port, room, LIVE + 1, LIVE + BEHIND);
    process.tell({ port });
    runs.push(checked(await process.next(), LIVE + BEHIND));
  }
  print(`\nReconnecting ${BEHIND.toLocaleString("en")} events behind, ${RUNS} runs; ${TEXTS}`);
  printTable(
    (["fromOpenMs", "fromConnectMs", "cpuMs"] as const).map((key) => {
      const took = runs.map((each) => each[key]);
      return { what: key, median: median(took).toFixed(0), spread: spread(took), first: took[0]!.toFixed(0) };
    }),
  );
  return runs;
}

/** Says events `from` to `to`, in order; resolves when the last is acknowledged, and so are all. */
async function send(port: number, room: string, from: number, to: number): Promise<void> {
  const sender = await WireClient.connect(port);
  let next = from;
  const sendOne = (): void => {
    if (next > to) return;
    sender.send(JSON.stringify({ type: "send", room, id: idOf(next), text: textOf(next) }));
    next++;
  };
  await new Promise<void>((resolve) => {
    sender.onText = (payload) => {
      if (payload.indexOf('"type":"joined"') >= 0) for (let n = 0; n < UNDER_WAY; n++) sendOne();
      if (payload.indexOf('"type":"event"') < 0) return;
      if (payload.indexOf(`"id":"${idOf(to)}"`) >= 0) resolve();
      sendOne();
    };
    sender.send(`{"type":"hello","name":"Bench"}`);
    sender.send(`{"type":"join","room":"${room}"}`);
  });
  sender.close();
}
