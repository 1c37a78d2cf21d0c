import { type Found, runLoad } from "../fanout/measure.ts";
import { PEERS_BY_NAME } from "../fanout/peers.ts";
import { median, print, printTable } from "../support/report.ts";
import type { Panel } from "./plot.ts";

const CONNECTIONS: readonly number[] = [1_000, 2_500, 5_000, 10_000];
const ROOMS = ["one room", "rooms of 10"] as const;
/** Before memory is looked at. */
const QUIET_SECONDS = 10;

/** What one more session costs, the more there are: until it has joined, and while it is quiet. */
export async function withConnections(runs: number) {
  const cases = ROOMS.flatMap((rooms) =>
    CONNECTIONS.map((members) => ({ rooms, members, runs: [] as Found[] })),
  );
  for (let run = 0; run < runs; run++) for (const each of cases) each.runs.push(await connect(each));
  const rows = cases.map(({ rooms, members, runs }) => {
    const of = (figure: (run: Found) => number): number => median(runs.map(figure)) / members;
    return {
      ...{ rooms, members, runs },
      joinUs: of((run) => run.joinServerCpuSeconds * 1e6),
      kilobytes: of((run) => (run.serverBytesAfter - run.serverBytesBefore) / 1_000),
    };
  });
  print("\nSessions of natter.v1 that connect and join");
  printTable(
    rows.map(({ rooms, members, joinUs, kilobytes }) => ({
      in: rooms,
      sessions: members.toLocaleString("en"),
      "server's µs of CPU each": joinUs.toFixed(0),
      "kB each": kilobytes.toFixed(1),
    })),
  );
  const pointsOf = (of: (typeof ROOMS)[number], key: "joinUs" | "kilobytes") =>
    rows.filter((row) => row.rooms === of).map((row) => [row.members, row[key]] as const);
  const panels: Panel[] = (
    [
      ["Connecting and joining, µs of CPU each", "joinUs"],
      ["An idle session, kB", "kilobytes"],
    ] as const
  ).map(([title, key]) => ({
    title,
    along: "sessions",
    lines: ROOMS.map((name) => ({ name, points: pointsOf(name, key) })),
  }));
  return { rows, panels };
}

async function connect({ rooms, members }: { rooms: (typeof ROOMS)[number]; members: number }) {
  const { start, protocol } = PEERS_BY_NAME["chat-v1"];
  const server = await start();
  try {
    const load = { protocol, members, rooms: rooms === "one room" ? 1 : members / 10, senders: 1 };
    return await runLoad(server, { ...load, seconds: 0, hold: QUIET_SECONDS });
  } finally {
    await server.stop();
  }
}
