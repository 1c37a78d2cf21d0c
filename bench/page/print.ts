// The figures of the page as tables, each with its limit beside it.

import { median, print, printTable, quantile } from "../support/report.ts";
import type { FirstLoad, Visit } from "./first-load.ts";
import type { Scrolled } from "./scrolling.ts";
import { ARRIVING, STROKES, type Typed } from "./typing.ts";

/** What the page aims at; see docs/performance.md. Those of the first load's bytes are held by test/web. */
const LIMITS = { scriptBytes: 45_000, styleBytes: 8_000, elements: 200, frameMs: 50, strokeMs: 50 };

type Row = Record<string, string | number>;

export function printFirstLoad({ files, stranger, strangerEntersMs, known, cached }: FirstLoad): void {
  print(
    `\nFirst load, bytes of each file; limits: script ${LIMITS.scriptBytes}, style ${LIMITS.styleBytes}, gzip`,
  );
  printTable(
    files.map(({ name, brotli, gzip, plain, late }) => ({
      file: name.replace(/-[\w-]{8}\./, "."),
      brotli,
      gzip,
      plain,
      "asked for": late ? "after the first paint" : "before",
    })),
  );
  print(`\nFrom the start of the navigation, ms; ${known.length} runs, median and spread`);
  printTable([
    row("first visit, until the name can be typed", stranger),
    row("somebody known, empty cache", known),
    row("somebody known, reload", cached),
  ]);
  print(`From the name's Enter until the chat is there: ${spread(strangerEntersMs)} ms`);
}

function row(what: string, visits: readonly Visit[]): Row {
  return {
    what,
    "first contentful paint": spread(visits.map(({ paintMs }) => paintMs)),
    usable: spread(visits.map(({ usableMs }) => usableMs)),
    "layout shift, worst": Math.max(...visits.map(({ shift }) => shift)).toFixed(4),
  };
}

export function printScrolled(of: {
  loading: Scrolled;
  looking: Scrolled;
  smallHeapBytes: number;
  events: number;
}): void {
  print(`\n${of.events.toLocaleString("en")} events in the timeline; limit ${LIMITS.elements} elements`);
  printTable(
    (["loading", "looking"] as const).map((what) => {
      const { noted, tookMs, cpu, heapBytes } = of[what];
      return {
        what: what === "loading" ? "scrolling up until the room begins" : "scrolling down in what is there",
        s: (tookMs / 1_000).toFixed(1),
        frames: noted.deltas.length,
        [`over ${LIMITS.frameMs} ms`]: noted.deltas.filter((ms) => ms > LIMITS.frameMs).length,
        longest: Math.max(...noted.deltas).toFixed(0),
        "long tasks": noted.longTasks.length,
        "main thread": `${(cpu * 100).toFixed(0)} %`,
        rows: noted.rows,
        elements: noted.elements,
        "heap MB": (heapBytes / 1e6).toFixed(1),
      };
    }),
  );
  print(`With 100 events the heap has ${(of.smallHeapBytes / 1e6).toFixed(1)} MB.`);
}

export function printTyped(all: Record<string, Typed>): void {
  print(
    `\n${STROKES} strokes a second while ${ARRIVING} messages a second arrive, ms until drawn; limit ${LIMITS.strokeMs}`,
  );
  printTable(
    Object.entries(all).map(([room, { noted, cpu, arrived, seconds }]) => {
      const slow = slowest(noted.interactions);
      return {
        room,
        strokes: noted.keys.length,
        p50: quantile(noted.keys, 0.5).toFixed(1),
        p99: quantile(noted.keys, 0.99).toFixed(1),
        max: Math.max(...noted.keys).toFixed(1),
        "Event Timing: p50": timing(slow, noted.keys.length, 0.5),
        p99_: timing(slow, noted.keys.length, 0.99),
        max_: Math.max(0, ...slow),
        "long tasks": noted.longTasks.length,
        "main thread": `${(cpu * 100).toFixed(0)} %`,
        "arrived a second": (arrived / seconds).toFixed(1),
      };
    }),
  );
}

/** Of each stroke the slowest of its events. */
function slowest(interactions: Typed["noted"]["interactions"]): number[] {
  const byStroke = new Map<number, number>();
  for (const { interactionId, duration } of interactions)
    byStroke.set(interactionId, Math.max(duration, byStroke.get(interactionId) ?? 0));
  return [...byStroke.values()];
}

/** Those that the browser does not tell of took less than 16 ms. */
function timing(told: readonly number[], strokes: number, part: number): string {
  const all = [...Array<number>(Math.max(0, strokes - told.length)).fill(0), ...told];
  const ms = quantile(all, part);
  return ms === 0 ? "< 16" : String(ms);
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`;
}
