// The figures as bars, in an SVG that needs nothing else: a group for each case, a bar for each peer.

import type { Kept } from "../fanout.ts";
import { at, COLOURS, text, writeSvg } from "../support/svg.ts";
import type { Run } from "./measure.ts";
import { PEERS_BY_NAME, type PeerName } from "./peers.ts";
import { inMillions, medianOf } from "./table.ts";

/** Those that a reader compares, by file; the rest stands in the tables. */
const PLOTS: Readonly<Record<string, readonly string[]>> = {
  "fanout.svg": ["saturated-200", "saturated-1000", "paced-200", "paced-1000"],
  "rooms.svg": ["rooms-1x1000", "rooms-10x100", "rooms-100x10", "rooms-500x2"],
};

const UNIT = "Messages delivered per second of the server's CPU time";
const WIDTH = 760;
const LABELS = 250;
const VALUES = 90;
const BAR = 18;
const GAP = 6;
const HEADING = 34;

/** @returns where they were written */
export function plot(cases: Kept): string[] {
  return Object.entries(PLOTS).flatMap(([file, shown]) => {
    let y = HEADING;
    const groups: string[] = [];
    for (const name of shown) {
      const group = cases[name] && groupOf(cases[name], y);
      if (!group) continue;
      groups.push(group.svg);
      y += group.height;
    }
    if (groups.length === 0) return [];
    const heading = text(8, 22, `${UNIT}: median, least and most`, 'class="value"');
    return [writeSvg(file, { title: UNIT, width: WIDTH, height: y + 10, content: [heading, ...groups] })];
  });
}

function groupOf({ title, peers }: Kept[string], top: number): { svg: string; height: number } | undefined {
  const bars = Object.entries(peers)
    .map(([peer, outcome]) => ({
      peer: peer as PeerName,
      value: medianOf(outcome, perCpuSecond),
      all: "runs" in outcome ? outcome.runs.map(perCpuSecond) : [],
    }))
    .filter((bar): bar is typeof bar & { value: number } => bar.value !== undefined)
    .sort((a, b) => b.value - a.value);
  if (bars.length === 0) return undefined;
  const most = Math.max(...bars.flatMap(({ all }) => all));
  const lengthOf = (value: number): number => Math.max(1, (value / most) * (WIDTH - LABELS - VALUES));
  const lines = bars.map(({ peer, value, all }, index) => {
    const y = top + HEADING + index * (BAR + GAP);
    const width = lengthOf(value);
    const [least, end] = [lengthOf(Math.min(...all)), lengthOf(Math.max(...all))];
    return [
      text(LABELS - 8, y + BAR - 5, PEERS_BY_NAME[peer].title, 'text-anchor="end"'),
      `<rect x="${LABELS}" y="${y}" width="${at(width)}" height="${BAR}" rx="2" fill="${colourOf(peer)}"/>`,
      `<path d="M${at(LABELS + least)} ${y + BAR / 2}H${at(LABELS + end)}" stroke="${COLOURS.ink}"/>`,
      text(LABELS + end + 6, y + BAR - 5, inMillions(value), 'class="value"'),
    ].join("\n");
  });
  const heading = text(8, top + HEADING - 12, title, 'class="title"');
  return { svg: [heading, ...lines].join("\n"), height: HEADING + bars.length * (BAR + GAP) + 8 };
}

function colourOf(peer: PeerName): string {
  if (peer === "c") return COLOURS.limit;
  return peer.startsWith("hub") || peer.startsWith("chat") ? COLOURS.ours : COLOURS.others;
}

function perCpuSecond(run: Run): number {
  return run.perCpuSecond;
}
