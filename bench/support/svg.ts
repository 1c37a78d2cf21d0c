// The little that plots have in common: an SVG that needs nothing else.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const COLOURS = {
  ours: "#0b7a75",
  others: "#9aa5b1",
  limit: "#d9dee4",
  ink: "#24292f",
  faint: "#57606a",
};

/** A coordinate. */
export function at(coordinate: number): string {
  return coordinate.toFixed(1);
}

export function text(x: number, y: number, words: string, attributes: string): string {
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${at(x)}" y="${at(y)}" ${attributes}>${escaped}</text>`;
}

type Picture = {
  /** What a reader is told who does not see it. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly content: readonly string[];
};

/** Into docs/images. @returns where */
export function writeSvg(file: string, { title, width, height, content }: Picture): string {
  const style = `text{font:12px system-ui,sans-serif;fill:${COLOURS.ink}}.title{font-weight:600;font-size:13px}.value{fill:${COLOURS.faint}}`;
  const path = fileURLToPath(new URL(`../../docs/images/${file}`, import.meta.url));
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...content,
    "</svg>\n",
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}
