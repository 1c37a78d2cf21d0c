// Reading through the whole server, from a room of a million events: a page of history, and a client that resumes
// ten thousand events behind.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Draft, MAX_APPEND, openSqliteStore } from "natter/store";
import { keep, print, printTable, quantile } from "./support/report.ts";
import { MeasuredServer, pinLoad } from "./support/server.ts";
import { WireClient } from "./support/wire-client.ts";

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const BEHIND = 10_000;
const RESUMES = 10;
const PAGE_SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const ROOM = "big";

export async function reading(): Promise<void> {
  pinLoad();
  const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-"));
  try {
    const { epoch } = await fill(folder);
    const server = await MeasuredServer.start(folder);
    const rows = [
      await history(server, 1),
      await history(server, 100, 10),
      await history(server, 100),
      await resume(server, epoch),
    ];
    await server.stop();
    print(`\nReading from a room of ${EVENTS.toLocaleString("en")} events; texts of 100 bytes`);
    printTable(rows);
    await keep("reading", rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fill(dataDir: string): Promise<{ epoch: string }> {
  const store = await openSqliteStore({ dataDir });
  for (let seq = 0; seq < EVENTS; seq += MAX_APPEND) {
    await store.append(
      ROOM,
      Array.from({ length: MAX_APPEND }, (_, index) => draft(seq + index)),
    );
  }
  await store.close();
  return { epoch: store.epoch };
}

function draft(number: number): Draft {
  const from = { id: `sender-${number % 200}`, name: "Ada" };
  return { kind: "message", id: `m${number}`, at: Date.now(), from, text: "x".repeat(100) };
}

type Row = Record<string, string | number>;

/** @param perSecond pages that each client asks for in a second, at random moments; without a pause if left out */
async function history(server: MeasuredServer, clients: number, perSecond?: number): Promise<Row> {
  const took: number[] = [];
  const end = performance.now() + PAGE_SECONDS * 1_000;
  await server.reset();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = await enter(server.port, "");
      while (performance.now() < end) {
        if (perSecond) await pause((Math.random() * 2_000) / perSecond);
        const before = 51 + Math.floor(Math.random() * (EVENTS - 51));
        const start = performance.now();
        const page = nextOf(client, '"type":"page"');
        client.send(JSON.stringify({ type: "history", room: ROOM, before, limit: 50, ref: "1" }));
        await page;
        took.push(performance.now() - start);
      }
      client.close();
    }),
  );
  const { longestBlockMs } = await server.seen();
  return row(
    `history, 50 events anywhere, ${clients} asking${perSecond ? ` ${perSecond} times a second` : ""}`,
    took,
    took.length / PAGE_SECONDS,
    longestBlockMs,
  );
}

async function resume(server: MeasuredServer, epoch: string): Promise<Row> {
  const took: number[] = [];
  await server.reset();
  for (let run = 0; run < RESUMES; run++) {
    const start = performance.now();
    const client = await enter(server.port, `,"since":${EVENTS - BEHIND},"epoch":"${epoch}"`);
    await nextOf(client, `"seq":${EVENTS},`);
    took.push(performance.now() - start);
    client.close();
  }
  const { longestBlockMs } = await server.seen();
  return row(`connect and resume, ${BEHIND.toLocaleString("en")} events behind`, took, 0, longestBlockMs);
}

async function enter(port: number, position: string): Promise<WireClient> {
  const client = await WireClient.connect(port);
  const joined = nextOf(client, '"type":"joined"');
  client.send(`{"type":"hello","name":"Bench"}`);
  client.send(`{"type":"join","room":"${ROOM}"${position}}`);
  await joined;
  return client;
}

/** The next frame with these bytes in it. */
function nextOf(client: WireClient, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    client.onText = (payload) => {
      if (payload.indexOf(bytes) >= 0) resolve();
    };
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function row(what: string, took: number[], perSecond: number, longestBlockMs: number): Row {
  return {
    what,
    "per second": perSecond === 0 ? "" : Math.round(perSecond).toLocaleString("en"),
    "p50 ms": quantile(took, 0.5).toFixed(1),
    "p99 ms": quantile(took, 0.99).toFixed(1),
    "longest block ms": longestBlockMs.toFixed(1),
  };
}
