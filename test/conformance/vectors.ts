// The golden vectors, as packages/protocol/vectors/README.md describes them.

import { readFileSync } from "node:fs";

type Part = [text: string, times: number];

export type FrameVector = {
  readonly name: string;
  readonly message: string;
  /** What it means, where it is sound. */
  readonly frame?: Record<string, unknown>;
  /** The code it is refused with, where it is not; `ref` and `room` are those of the error. */
  readonly error?: string;
  readonly ref?: string;
  readonly room?: string;
};

type Written = Omit<FrameVector, "message"> & { readonly json?: string; readonly parts?: Part[] };

/** Frames of clients, sound and broken. What they do in the lobby they do in this room, where nobody else is. */
export function clientVectors(room: string): FrameVector[] {
  return read<Written>("client-frames.json", room).map(({ json, parts = [], frame, ...rest }) => ({
    ...rest,
    message: json ?? joined(parts),
    ...(frame && { frame: Array.isArray(frame.text) ? { ...frame, text: joined(frame.text) } : frame }),
  }));
}

/** Names as they come, and as they are cleaned, or why they are refused. */
export function nameVectors(): { text: string; name?: string; fault?: string }[] {
  return read("names.json");
}

/** Paths of URLs and their rooms; `null` for none. */
export function pathVectors(): { path: string; room: string | null }[] {
  return read("paths.json");
}

export function personVectors(): { session: string; person: string }[] {
  return read("person-ids.json");
}

function joined(parts: Part[]): string {
  return parts.map(([text, times]) => text.repeat(times)).join("");
}

function read<Row>(file: string, lobby = "lobby"): Row[] {
  const url = new URL(`../../packages/protocol/vectors/${file}`, import.meta.url);
  // In the vectors' own JSON, and in the JSON in it.
  return JSON.parse(readFileSync(url, "utf8").replaceAll(/\blobby\b/g, lobby)) as Row[];
}
