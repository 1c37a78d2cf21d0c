import { measure, type Run } from "../fanout/measure.ts";
import { PEERS_BY_NAME } from "../fanout/peers.ts";
import { median, print, printTable } from "../support/report.ts";
import type { Panel } from "./plot.ts";

const MEMBERS: readonly number[] = [2, 10, 50, 200, 1_000, 5_000];
const PEERS = ["hub", "chat-v1"] as const;
const TIMES = { warm: 1, seconds: 2 };

/** What a message costs in rooms of more and more people, 64 messages outstanding. */
export async function withMembers(runs: number) {
  const cases = PEERS.flatMap((peer) => MEMBERS.map((members) => ({ peer, members, runs: [] as Run[] })));
  for (let run = 0; run < runs; run++) {
    for (const { peer, members, runs } of cases) {
      const load = { members, senders: Math.min(64, members) };
      runs.push(await measure(PEERS_BY_NAME[peer], load, TIMES));
    }
  }
  const rows = cases.map(({ peer, members, runs }) => {
    const of = (figure: (run: Run) => number): number => median(runs.map(figure));
    const perMessageUs = of((run) => (run.serverCpuSeconds * 1e6) / run.messages);
    return { peer, members, perMessageUs, share: of((run) => run.deliveries / run.reads), runs };
  });
  print("\nMembers of one room, 64 messages outstanding");
  printTable(
    rows.map(({ peer, members, perMessageUs, share }) => ({
      server: PEERS_BY_NAME[peer].title,
      members: members.toLocaleString("en"),
      "server's µs of CPU a message": perMessageUs.toFixed(1),
      "and a delivery": (perMessageUs / members).toFixed(2),
      "messages that came together": share.toFixed(0),
    })),
  );
  const panel: Panel = {
    title: "A message, µs of CPU",
    along: "members of its room",
    lines: PEERS.map((peer) => ({
      name: peer === "hub" ? "the hub" : "natter.v1",
      points: rows
        .filter((row) => row.peer === peer)
        .map(({ members, perMessageUs }) => [members, perMessageUs] as const),
    })),
  };
  return { rows, panel };
}
