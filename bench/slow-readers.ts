// Some members of a room read nothing: what that costs those who do.

import { type Found, runLoad } from "./fanout/measure.ts";
import { readOptions } from "./fanout/options.ts";
import { PEERS_BY_NAME } from "./fanout/peers.ts";
import { keep, median, print, printTable } from "./support/report.ts";

const HEALTHY = 180;
const STALLED = 20;
const PER_SECOND = 300;
/** So large that the kernel has had enough of who does not read before the measurement begins. */
const TEXT_BYTES = 4_096;
const TIMES = { warm: 6, seconds: 4 };

const CASES = (["hub", "chat-plain", "chat-v1"] as const).flatMap((peer) =>
  [0, STALLED].map((stalled) => ({ peer, stalled })),
);

/** @throws {BenchError} */
export async function slowReaders(args: readonly string[]): Promise<void> {
  const { runs } = readOptions(args);
  const all = CASES.map((each) => ({ ...each, runs: [] as Found[] }));
  for (let run = 0; run < runs; run++)
    for (const each of all) each.runs.push(await measureBeside(each.peer, each.stalled));
  print(`\n${HEALTHY} members who read, ${PER_SECOND} messages of 4 KiB a second, ${runs} runs, medians`);
  printTable(all.map((each) => rowOf(PEERS_BY_NAME[each.peer].title, each.stalled, each.runs)));
  await keep("slow-readers", { healthy: HEALTHY, perSecond: PER_SECOND, textBytes: TEXT_BYTES, cases: all });
}

async function measureBeside(peer: (typeof CASES)[number]["peer"], stalled: number): Promise<Found> {
  const { start, protocol } = PEERS_BY_NAME[peer];
  const server = await start();
  try {
    const who = { protocol, members: HEALTHY + stalled, senders: 64, stalled };
    return await runLoad(server, { ...who, rate: PER_SECOND, size: TEXT_BYTES, ...TIMES });
  } finally {
    await server.stop();
  }
}

function rowOf(title: string, stalled: number, runs: readonly Found[]): Record<string, string | number> {
  const of = (figure: (run: Found) => number): number => median(runs.map(figure));
  return {
    server: title,
    "beside those who read nothing": stalled,
    "p50 ms": of((run) => run.p50Us / 1_000).toFixed(2),
    "p99 ms": of((run) => run.p99Us / 1_000).toFixed(2),
    "server CPU": of((run) => run.serverCpuSeconds / run.seconds).toFixed(2),
    "of those who read, lost": of((run) => run.expectedInAll - run.deliveredInAll),
    "server MB": of((run) => run.serverBytesAtEnd / 1e6).toFixed(0),
  };
}
