// Ten thousand connections: how fast they are taken, what they cost the server's CPU, and what each holds of its memory
// once all is quiet.

import { BenchError } from "./fanout/bench-error.ts";
import { type Found, runLoad } from "./fanout/measure.ts";
import { readOptions } from "./fanout/options.ts";
import { PEERS_BY_NAME, type PeerName } from "./fanout/peers.ts";
import { keep, median, print, printTable, spread } from "./support/report.ts";

const MEMBERS = 10_000;
/** Long enough for what is left of connecting to be collected. */
const QUIET_SECONDS = 30;
/** In one room of plain clients each newcomer is announced to all: fifty million deliveries. */
const PATIENCE_SECONDS = 150;

type Case = { readonly title: string; readonly peer: PeerName; readonly rooms: number };

const CASES: Readonly<Record<string, Case>> = {
  ws: { title: "loop over ws, nobody told", peer: "ws", rooms: 1 },
  bun: { title: "Bun, nobody told", peer: "bun", rooms: 1 },
  hub: { title: "natter's hub, nobody told", peer: "hub", rooms: 1 },
  "v1-rooms": { title: "natter.v1, in 1,000 rooms of 10", peer: "chat-v1", rooms: 1_000 },
  "v1-one-room": { title: "natter.v1, all in one room", peer: "chat-v1", rooms: 1 },
  "plain-rooms": { title: "plain clients, in 1,000 rooms of 10", peer: "chat-plain", rooms: 1_000 },
  "plain-one-room": {
    title: "plain clients, in one room, each told of all later ones",
    peer: "chat-plain",
    rooms: 1,
  },
};

/** @throws {BenchError} */
export async function connections(args: readonly string[]): Promise<void> {
  const { runs, isQuick, cases } = readOptions(args, CASES);
  const hold = isQuick ? 2 : QUIET_SECONDS;
  const all: Record<string, Found[]> = Object.fromEntries(cases.map((name) => [name, []]));
  const absent: Record<string, string> = {};
  for (let run = 0; run < runs; run++) {
    for (const name of cases) {
      try {
        all[name]!.push(await connectAll(CASES[name]!, hold));
      } catch (error) {
        if (error instanceof BenchError) throw error;
        absent[name] = (error as Error).message;
      }
    }
  }
  print(
    `\n${MEMBERS.toLocaleString("en")} connections; memory after ${hold} s of quiet; ${runs} runs, medians`,
  );
  printTable(cases.map((name) => rowOf(CASES[name]!.title, all[name]!, absent[name])));
  if (!isQuick) await keep("connections", { members: MEMBERS, quietSeconds: hold, runs: all, absent });
}

async function connectAll({ peer, rooms }: Case, hold: number): Promise<Found> {
  const { start, protocol } = PEERS_BY_NAME[peer];
  const server = await start();
  try {
    const load = { protocol, members: MEMBERS, rooms, senders: 1, patience: PATIENCE_SECONDS };
    return await runLoad(server, { ...load, seconds: 0, hold });
  } finally {
    await server.stop();
  }
}

function rowOf(what: string, runs: readonly Found[], remarks = ""): Record<string, string> {
  const of = (figure: (run: Found) => number, digits = 0): string =>
    runs.length === 0 ? "" : median(runs.map(figure)).toFixed(digits);
  const kilobytes = (run: Found): number => (run.serverBytesAfter - run.serverBytesBefore) / MEMBERS / 1_000;
  return {
    what,
    "a second": of((run) => MEMBERS / run.joinSeconds),
    "per second of the server's CPU": of((run) => MEMBERS / run.joinServerCpuSeconds),
    "load CPU": of((run) => run.joinLoadCpuSeconds / run.joinSeconds, 2),
    "kB each": of(kilobytes, 1),
    spread: runs.length === 0 ? "" : spread(runs.map(kilobytes)),
    remarks,
  };
}
