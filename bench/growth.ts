// How each cost grows: with the members of a room, with the events in its log, with connections. What it is with rooms,
// `fanout --case rooms` tells.

import { readOptions } from "./fanout/options.ts";
import { withConnections } from "./growth/connections.ts";
import { withEvents } from "./growth/log.ts";
import { withMembers } from "./growth/members.ts";
import { plotGrowth } from "./growth/plot.ts";
import { keep, print } from "./support/report.ts";

/** @throws {BenchError} */
export async function growth(args: readonly string[]): Promise<void> {
  const { runs } = readOptions(args);
  const members = await withMembers(runs);
  const connections = await withConnections(runs);
  const events = await withEvents();
  const path = plotGrowth([members.panel, events.panel, ...connections.panels]);
  await keep("growth", { members: members.rows, events: events.rows, connections: connections.rows });
  print(`\nPlot: ${path}`);
}
