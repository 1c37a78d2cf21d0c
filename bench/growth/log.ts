import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_APPEND, openSqliteStore, type Store } from "natter/store";
import { draft } from "../support/draft.ts";
import { median, print, printTable } from "../support/report.ts";
import type { Panel } from "./plot.ts";

const EVENTS: readonly number[] = [1_000, 10_000, 100_000, 1_000_000];
const ROOM = "big";
const APPENDERS = 200;
const SECONDS = 2;
const PAGES = 500;

type Row = Record<"events" | "appendUs" | "pageMs" | "newestMs" | "openMs" | "bytes", number>;

/** What the embedded store takes for the same, in a room of more and more events; without sockets and JSON. */
export async function withEvents() {
  const rows: Row[] = [];
  for (const events of EVENTS) {
    const dataDir = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-"));
    try {
      rows.push(await measureAt(dataDir, events));
    } finally {
      await rm(dataDir, { recursive: true });
    }
  }
  print(`\nEvents in one room: the embedded store alone; ${APPENDERS} append at a time`);
  printTable(
    rows.map(({ events, appendUs, pageMs, newestMs, openMs, bytes }) => ({
      events: events.toLocaleString("en"),
      "an append, µs": appendUs.toFixed(1),
      "50 events anywhere, ms": pageMs.toFixed(2),
      "the newest 50, ms": newestMs.toFixed(2),
      "to open the store, ms": openMs.toFixed(0),
      "bytes an event on the disk": bytes.toFixed(0),
    })),
  );
  const line = (name: string, key: keyof Row) => ({
    name,
    points: rows.map((row) => [row.events, row[key]] as const),
  });
  const panel: Panel = {
    title: "The store: an append in µs, a page in ms",
    along: "events in the room",
    lines: [line("append, µs", "appendUs"), line("page, ms", "pageMs")],
  };
  return { rows, panel };
}

/** Fills the room with so many events, opens the store anew, and measures. */
async function measureAt(dataDir: string, events: number): Promise<Row> {
  const filling = await openSqliteStore({ dataDir });
  for (let done = 0; done < events; done += MAX_APPEND) {
    await filling.append(
      ROOM,
      Array.from({ length: MAX_APPEND }, (_, index) => draft(sender(index))),
    );
  }
  await filling.close();
  const { size } = await stat(join(dataDir, "natter.db"));
  const startedAt = performance.now();
  const store = await openSqliteStore({ dataDir });
  const openMs = performance.now() - startedAt;
  const pageMs = await pages(store, () => 51 + Math.floor(Math.random() * (events - 50)));
  const newestMs = await pages(store, () => Number.MAX_SAFE_INTEGER);
  const appendUs = await appends(store);
  await store.close();
  return { events, appendUs, pageMs, newestMs, openMs, bytes: size / events };
}

async function pages(store: Store, before: () => number): Promise<number> {
  const took: number[] = [];
  for (let count = 0; count < PAGES; count++) {
    const startedAt = performance.now();
    await store.read(ROOM, { before: before(), limit: 50 });
    took.push(performance.now() - startedAt);
  }
  return median(took);
}

/** @returns µs a message, where many append one at a time */
async function appends(store: Store): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: APPENDERS }, async (_, index) => {
      while (performance.now() - startedAt < SECONDS * 1_000) {
        await store.append(ROOM, [draft(sender(index))]);
        count++;
      }
    }),
  );
  return ((performance.now() - startedAt) * 1_000) / count;
}

function sender(index: number): string {
  return `sender-${index % APPENDERS}-00000000000`;
}
