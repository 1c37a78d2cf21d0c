// What it costs a client to receive 10,000 events: where they come steadily, each turn of a few, and where all are there
// at once, as after a long absence. receive.ts is the client; the frames are a real server's, recorded.

import { ClientProcess, checked, type Found } from "../support/client-process.ts";
import { TEXTS } from "../support/known-log.ts";
import { type Recording, Replay } from "../support/replay.ts";
import { median, print, printTable, spread } from "../support/report.ts";

/** No more than was recorded is there to be sent. */
const SECONDS = Math.min(9, Number(process.env.BENCH_SECONDS ?? 2));
const PER_SECOND = 10_000;
/** How fast frames come, how many before the measurement, and how many in it. */
const PACES = {
  steadily: { perSecond: PER_SECOND, warm: PER_SECOND / 2, measured: SECONDS * PER_SECOND },
  "all at once": { perSecond: Number.POSITIVE_INFINITY, warm: 50_000, measured: 50_000 },
};
type Cost = { cpuMs: number; elapsedMs: number };
type Received = { perSecond: number; cpuMsFor10000: number };

export async function receiving(
  { events, ...greeting }: Recording,
  runCount: number,
): Promise<Record<string, Received[]>> {
  const { room } = JSON.parse(greeting.joined);
  const all: Record<string, Received[]> = {};
  for (let run = 0; run < runCount; run++) {
    for (const [pace, { perSecond, warm, measured }] of Object.entries(PACES)) {
      for (const way of ["socket", "listener", "timeline"]) {
        const count = warm + measured;
        using replay = await Replay.start({ ...greeting, events: events.slice(0, count) }, perSecond);
        const args = [`ws://127.0.0.1:${replay.port}/`, room, warm, measured, way];
        // On the core that is the server's elsewhere: this time the load serves.
        await using process = new ClientProcess<Cost & Found>("receive", args, 0);
        const { cpuMs, elapsedMs } = checked(await process.next(), count);
        all[`${way}, ${pace}`] ??= [];
        all[`${way}, ${pace}`]!.push({
          perSecond: measured / (elapsedMs / 1_000),
          cpuMsFor10000: (cpuMs / measured) * 10_000,
        });
      }
    }
  }
  print(`\nReceiving, ${runCount} alternating runs; ${TEXTS}`);
  printTable(
    Object.entries(all).map(([what, runs]) => {
      const cpuMs = runs.map(({ cpuMsFor10000 }) => cpuMsFor10000);
      return {
        what,
        "per second": Math.round(median(runs.map(({ perSecond }) => perSecond))).toLocaleString("en"),
        "CPU ms for 10,000": median(cpuMs).toFixed(1),
        spread: spread(cpuMs),
      };
    }),
  );
  return all;
}
