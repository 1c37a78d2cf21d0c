// How costs grow, as lines over two logarithmic axes: what is proportional rises by 45 degrees, what stays is flat.

import { at, COLOURS, text, writeSvg } from "../support/svg.ts";

export type Line = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] };
export type Panel = { readonly title: string; readonly along: string; readonly lines: readonly Line[] };

/** Where a value lies. */
type Place = (value: number) => number;

const WIDTH = 760;
const LINE_HEIGHT = 14;
const PANEL = { width: WIDTH / 2, height: 250 };
const MARGIN = { left: 52, right: 92, top: 44, bottom: 40 };
const PALETTE = [COLOURS.ours, COLOURS.faint, "#b45309", "#6d28d9"];

/** @returns where it was written */
export function plotGrowth(panels: readonly Panel[]): string {
  const height = Math.ceil(panels.length / 2) * PANEL.height;
  const content = panels.map((panel, index) => {
    const [x, y] = [(index % 2) * PANEL.width, Math.floor(index / 2) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${drawn(panel)}</g>`;
  });
  return writeSvg("growth.svg", { title: "How each cost grows", width: WIDTH, height, content });
}

function drawn({ title, along, lines }: Panel): string {
  const points = lines.flatMap((line) => line.points);
  const xs = decadesOf(points.map(([x]) => x));
  const ys = decadesOf(points.map(([, y]) => y));
  const [width, height] = [
    PANEL.width - MARGIN.left - MARGIN.right,
    PANEL.height - MARGIN.top - MARGIN.bottom,
  ];
  const xOf = (value: number): number => MARGIN.left + placeIn(xs, value) * width;
  const yOf = (value: number): number => MARGIN.top + height - placeIn(ys, value) * height;
  const bottom = MARGIN.top + height;
  return [
    text(8, 20, title, 'class="title"'),
    text(MARGIN.left + width / 2, PANEL.height - 6, along, 'class="value" text-anchor="middle"'),
    ...ys.map((y) => grid(`M${MARGIN.left} ${at(yOf(y))}h${width}`)),
    ...ys.map((y) => text(MARGIN.left - 6, yOf(y) + 4, shortly(y), 'class="value" text-anchor="end"')),
    ...xs.map((x) => grid(`M${at(xOf(x))} ${MARGIN.top}v${height}`)),
    ...xs.map((x) => text(xOf(x), bottom + 16, shortly(x), 'class="value" text-anchor="middle"')),
    ...lines.flatMap((line, index) => lineOf(line, colourOf(index), xOf, yOf)),
    ...namesOf(lines, xOf, yOf),
  ].join("\n");
}

function lineOf({ points }: Line, colour: string, xOf: Place, yOf: Place): string[] {
  const path = points
    .map(([x, y], index) => `${index === 0 ? "M" : "L"}${at(xOf(x))} ${at(yOf(y))}`)
    .join("");
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(([x, y]) => `<circle cx="${at(xOf(x))}" cy="${at(yOf(y))}" r="3" fill="${colour}"/>`),
  ];
}

/** Each at the end of its line, or as near as another's leaves room. */
function namesOf(lines: readonly Line[], xOf: Place, yOf: Place): string[] {
  const ends = lines.map(({ name, points }, index) => ({
    name,
    colour: colourOf(index),
    end: points.at(-1)!,
  }));
  let lowest = Number.NEGATIVE_INFINITY;
  return ends
    .toSorted((one, other) => other.end[1] - one.end[1])
    .map(({ name, colour, end: [x, y] }) => {
      lowest = Math.max(yOf(y) + 4, lowest + LINE_HEIGHT);
      return text(xOf(x) + 8, lowest, name, `style="fill:${colour}"`);
    });
}

function colourOf(index: number): string {
  return PALETTE[index % PALETTE.length]!;
}

function grid(path: string): string {
  return `<path d="${path}" stroke="${COLOURS.limit}"/>`;
}

/** The powers of ten around all of them. */
function decadesOf(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** From 0 to 1. */
function placeIn(decades: readonly number[], value: number): number {
  const [first, last] = [Math.log10(decades[0]!), Math.log10(decades.at(-1)!)];
  return (Math.log10(value) - first) / (last - first);
}

function shortly(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  return value >= 1e3 ? `${value / 1e3} k` : String(Number(value.toPrecision(1)));
}
