// Fan-out beside other servers: the same relay by each, the same load on each, in turns. What counts is how many
// messages are delivered for a second of the server's CPU time, which drifts less than the clock on the wall.

import { existsSync, readFileSync } from "node:fs";
import { BenchError } from "./fanout/bench-error.ts";
import { CASES, type Case } from "./fanout/cases.ts";
import { compile } from "./fanout/install.ts";
import { measure, type Run, type Times } from "./fanout/measure.ts";
import { type Options, readOptions } from "./fanout/options.ts";
import { PEERS_BY_NAME, type Peer, type PeerName, peersNamed } from "./fanout/peers.ts";
import { plot } from "./fanout/plot.ts";
import { type Outcomes, printCase } from "./fanout/table.ts";
import { keep, print, resultsFile } from "./support/report.ts";

const TIMES: Times = { warm: 1.5, seconds: 3 };
/** And a third of the seconds. */
const QUICK = { warm: 0.5 };

/** @throws {BenchError} */
export async function fanout(args: readonly string[]): Promise<void> {
  if (process.platform !== "linux") {
    throw new BenchError("Fan-out is measured on Linux alone: it needs epoll, taskset and /proc.");
  }
  const options = readOptions(args, CASES);
  const asked = peersNamed(options.peers);
  requireKnown(asked);
  compile("load");
  const kept = options.isQuick ? {} : casesOfToday();
  for (const name of options.cases) {
    const each = CASES[name]!;
    const peers = each.peers.filter((peer) => asked.size === 0 || asked.has(peer));
    if (peers.length === 0) continue;
    const outcomes = await inTurns(each, peers, options);
    printCase(name, each, outcomes);
    if (options.isQuick) continue;
    // After each, so that a run that is broken off has not been for nothing.
    kept[name] = { title: each.title, load: each.load, peers: { ...kept[name]?.peers, ...outcomes } };
    await keep("fanout", { unit: "messages delivered per second of the server's CPU time", cases: kept });
  }
  if (options.isQuick) print("\nQuick runs are to try things with, and are not kept.");
  else print(`\nRaw figures: ${resultsFile("fanout")}\nPlots: ${plot(kept).join(", ")}`);
}

export type Kept = Record<string, Pick<Case, "title" | "load"> & { peers: Outcomes }>;

/** All peers, and again, so that what else the machine does meanwhile is shared among them. */
async function inTurns(each: Case, peers: readonly PeerName[], options: Options): Promise<Outcomes> {
  const seconds = each.load.seconds ?? TIMES.seconds;
  const times = options.isQuick ? { ...QUICK, seconds: seconds / 3 } : { ...TIMES, seconds };
  const runs = new Map<PeerName, Run[]>(peers.map((peer) => [peer, []]));
  const absent = new Map<PeerName, string>();
  for (let run = 0; run < options.runs; run++) {
    for (const peer of peers) {
      if (absent.has(peer)) continue;
      try {
        runs.get(peer)!.push(await measure(PEERS_BY_NAME[peer] as Peer, each.load, times));
      } catch (error) {
        if (error instanceof BenchError && peer !== "c") throw error;
        absent.set(peer, (error as Error).message);
      }
    }
  }
  return Object.fromEntries(
    peers.map((peer) => {
      const reason = absent.get(peer);
      return [peer, reason === undefined ? { runs: runs.get(peer)! } : { absent: reason }];
    }),
  );
}

function requireKnown(asked: ReadonlySet<string>): void {
  const unknown = [...asked].filter((name) => !(name in PEERS_BY_NAME));
  if (unknown.length === 0) return;
  const known = [...Object.keys(PEERS_BY_NAME), "ours"].join(", ");
  throw new BenchError(`There is no peer ${unknown.join(", ")}: there are ${known}.`);
}

/** What was measured earlier today stays where only some cases are measured again. */
function casesOfToday(): Kept {
  const file = resultsFile("fanout");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).figures.cases : {};
}
