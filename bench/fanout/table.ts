import { median, print, printTable } from "../support/report.ts";
import type { Case } from "./cases.ts";
import { othersShare, type Run } from "./measure.ts";
import { PEERS_BY_NAME, type PeerName } from "./peers.ts";

/** What came of one peer in one case: its runs, or why there are none. */
export type Outcome = { readonly runs: readonly Run[] } | { readonly absent: string };

export type Outcomes = Readonly<Partial<Record<PeerName, Outcome>>>;

export function medianOf(outcome: Outcome | undefined, figure: (run: Run) => number): number | undefined {
  if (outcome === undefined || "absent" in outcome || outcome.runs.length === 0) return undefined;
  return median(outcome.runs.map(figure));
}

export function printCase(name: string, { title }: Case, outcomes: Outcomes): void {
  print(`\n${title} (${name})`);
  const rows = Object.entries(outcomes).map(([peer, outcome]) => {
    const named = PEERS_BY_NAME[peer as PeerName].title;
    if ("absent" in outcome) return { peer: named, ...NOTHING, remarks: `absent: ${outcome.absent}` };
    return { peer: named, ...figuresOf(outcome, outcomes), remarks: remarksOf(outcome.runs) };
  });
  printTable(rows);
}

const NOTHING = {
  "deliveries per second of CPU": "",
  spread: "",
  "of C": "",
  "× Bun": "",
  "× ws": "",
  "p50 ms": "",
  "p99 ms": "",
  "messages a second": "",
  "server CPU": "",
  "load CPU": "",
  "others' CPU": "",
};

function figuresOf(outcome: Outcome & { runs: readonly Run[] }, all: Outcomes): typeof NOTHING {
  const of = (figure: (run: Run) => number): number => medianOf(outcome, figure)!;
  const perCpu = of((run) => run.perCpuSecond);
  const beside = (peer: PeerName): string => {
    const other = medianOf(all[peer], (run) => run.perCpuSecond);
    return other === undefined ? "" : (perCpu / other).toFixed(2);
  };
  const each = outcome.runs.map((run) => run.perCpuSecond);
  return {
    "deliveries per second of CPU": inMillions(perCpu),
    spread: `${inMillions(Math.min(...each))}–${inMillions(Math.max(...each))}`,
    "of C": beside("c"),
    "× Bun": beside("bun"),
    "× ws": beside("ws"),
    "p50 ms": of((run) => run.p50Us / 1_000).toFixed(2),
    "p99 ms": of((run) => run.p99Us / 1_000).toFixed(2),
    "messages a second": Math.round(of((run) => run.messages / run.seconds)).toLocaleString("en"),
    "server CPU": of((run) => run.serverCpuSeconds / run.seconds).toFixed(2),
    "load CPU": of((run) => run.loadCpuSeconds / run.seconds).toFixed(2),
    "others' CPU": of(othersShare).toFixed(2),
  };
}

export function inMillions(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(perSecond < 1e6 ? 3 : 2)} M`;
}

/** Each doubt once, and in how many runs it came up. */
function remarksOf(runs: readonly Run[]): string {
  const counts = new Map<string, number>();
  for (const doubt of runs.flatMap((run) => run.doubts)) counts.set(doubt, (counts.get(doubt) ?? 0) + 1);
  return Array.from(counts, ([doubt, count]) => `${doubt} (${count} of ${runs.length} runs)`).join("; ");
}
