// Several natters beside one: what the way over another node costs, and what there is to be had with more of them.

import { type Hints, hints, type Rows, rows } from "./cluster/alone.ts";
import { type Disk, disk } from "./cluster/disk.ts";
import { type Latency, latency } from "./cluster/latency.ts";
import { SETUPS, type Setup, withSetup } from "./cluster/services.ts";
import { BenchError } from "./fanout/bench-error.ts";
import { compile } from "./fanout/install.ts";
import { type Found, runLoad } from "./fanout/measure.ts";
import { readOptions } from "./fanout/options.ts";
import { keep, median, print, printTable, resultsFile, spread } from "./support/report.ts";

type Times = { readonly warm: number; readonly seconds: number };
const TIMES: Times = { warm: 2, seconds: 5 };
const QUICK: Times = { warm: 0.5, seconds: 1 };

const { sqlite, alone, one, two, three } = SETUPS;
/** 200 clients in 20 rooms, each with 8 messages under way: as in the benchmark of durable sends. */
const SENDS = { members: 200, rooms: 20, senders: 10, outstanding: 1_600 };
const ROOM = { members: 200, rooms: 1, senders: 64, rate: 200 };
const APPENDERS = [1, 20, 200];
const ROOMS = 20;
const NODES = [1, 3, 10];

/** Something measured in so many runs: a row of a table. */
type Row = { readonly title: string; readonly measure: (times: Times) => Promise<object> };
type Case = {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly columns: Readonly<Record<string, (figures: never) => number>>;
};

const CASES: Readonly<Record<string, Case>> = {
  latency: {
    title:
      "From send to receipt by another client, on another node where there is one; 100 messages a second",
    rows: [sqlite, alone, one, two, three].map((setup) => ({
      title: setup.title,
      measure: ({ seconds }) => latency(setup, seconds),
    })),
    columns: { "p50 ms": (of: Latency) => of.p50Ms, "p99 ms": (of: Latency) => of.p99Ms },
  },
  sends: {
    title: "Durable sends of 200 clients in 20 rooms, spread over all nodes, 8 messages under way each",
    rows: [sqlite, one, two, three].map((setup) => underLoad(setup, SENDS)),
    columns: {
      "per second": (of: Found) => of.messages / of.seconds,
      "p50 ms": (of: Found) => of.p50Us / 1_000,
      "p99 ms": (of: Found) => of.p99Us / 1_000,
      ...shares((of) => of.messages, "message"),
    },
  },
  rows: {
    title: `Rows a second that PostgreSQL takes of natter's store alone, in ${ROOMS} rooms, each append one row`,
    rows: APPENDERS.map((count) => ({
      title: `${count} appending`,
      measure: ({ seconds }) => rows(count, ROOMS, seconds),
    })),
    columns: {
      "per second": (of: Rows) => of.perSecond,
      "p50 ms": (of: Rows) => of.p50Ms,
      "p99 ms": (of: Rows) => of.p99Ms,
      "PostgreSQL's µs a row": (of: Rows) => (of.cpu / of.perSecond) * 1e6,
      "PostgreSQL's CPU": (of: Rows) => of.cpu,
      "store's and load's CPU": (of: Rows) => of.ownCpu,
    },
  },
  hints: {
    title: "Hints of 300 bytes a second that Redis takes and passes on, published by one",
    rows: NODES.map((count) => ({
      title: `${count} ${count === 1 ? "node" : "nodes"} subscribed`,
      measure: ({ seconds }) => hints(count, seconds),
    })),
    columns: {
      "per second": (of: Hints) => of.perSecond,
      "heard per second": (of: Hints) => of.heardPerSecond,
      "Redis' CPU": (of: Hints) => of.cpu,
      "load CPU": (of: Hints) => of.ownCpu,
    },
  },
  cpu: {
    title: "A room of 200 members, spread over all nodes; 200 messages a second",
    rows: [sqlite, one, three].map((setup) => underLoad(setup, ROOM)),
    columns: {
      "deliveries a second": (of: Found) => of.deliveries / of.seconds,
      ...shares((of) => of.deliveries, "delivery"),
      "p50 ms": (of: Found) => of.p50Us / 1_000,
      "p99 ms": (of: Found) => of.p99Us / 1_000,
    },
  },
};

/** @throws {BenchError} */
export async function cluster(args: readonly string[]): Promise<void> {
  if (process.platform !== "linux") throw new BenchError("The cluster is measured on Linux alone.");
  const { cases, runs, isQuick } = readOptions(args, CASES);
  const times = isQuick ? QUICK : TIMES;
  const on = disk();
  compile("load");
  print(`\nData on ${describe(on)}. ${runs} runs in turns, medians, the least and the most in brackets.`);
  const kept: Record<string, unknown> = {};
  for (const name of cases) {
    const { title, rows: all, columns } = CASES[name]!;
    const found = all.map((): object[] => []);
    for (let run = 0; run < runs; run++)
      for (const [index, { measure }] of all.entries()) found[index]!.push(await measure(times));
    print(`\n${title} (${name})`);
    printTable(all.map((row, index) => ({ what: row.title, ...figuresOf(columns, found[index]!) })));
    kept[name] = { title, rows: all.map((row, index) => ({ title: row.title, runs: found[index] })) };
    // After each, so that a run that is broken off has not been for nothing.
    if (!isQuick) await keep("cluster", { disk: on, times, cases: kept });
  }
  print(isQuick ? "\nQuick runs are not kept." : `\nRaw figures: ${resultsFile("cluster")}`);
}

function underLoad(setup: Setup, load: Readonly<Record<string, number>>): Row {
  return {
    title: setup.title,
    measure: (times) =>
      withSetup(setup, ({ server, beside }) =>
        runLoad(server, { protocol: "natter.v1", size: 100, ...load, ...beside, ...times }).then(whole),
      ),
  };
}

/** @throws {Error} where not everything came to everybody once and in order: such a figure is none */
function whole(found: Found): Found {
  const { expectedInAll, deliveredInAll, wrongOrder, wrongText, closed } = found;
  if (expectedInAll === deliveredInAll && wrongOrder + wrongText + closed === 0) return found;
  throw new Error(
    `of ${expectedInAll} deliveries ${JSON.stringify({ deliveredInAll, wrongOrder, wrongText, closed })}`,
  );
}

/** CPU of each part for one of what is counted, in µs, and what the load and everybody else used, of a core. */
function shares(count: (of: Found) => number, what: string): Record<string, (of: Found) => number> {
  return {
    [`nodes' µs a ${what}`]: (of) => (of.serverCpuSeconds / count(of)) * 1e6,
    [`PostgreSQL's and Redis' µs a ${what}`]: (of) => (of.besideCpuSeconds / count(of)) * 1e6,
    "nodes' CPU": (of) => of.serverCpuSeconds / of.seconds,
    "load CPU": (of) => of.loadCpuSeconds / of.seconds,
    "all CPU": (of) => of.allCpuSeconds / of.seconds,
  };
}

function figuresOf(columns: Case["columns"], runs: readonly object[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const values = runs.map((run) => column(run as never));
      const middle = shown(median(values));
      return [name, runs.length === 1 ? middle : `${middle} (${spread(values)})`];
    }),
  );
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
}

function describe({ device, fileSystem, syncMs }: Disk): string {
  return `${fileSystem} (${device}), with fsync: one page takes ${syncMs.toFixed(2)} ms`;
}
