// For this package's tests only (it reads files, so index.ts must not export it, nor the build take it along).

import { readFileSync } from "node:fs";

type Part = [text: string, times: number];

export interface Vector {
  readonly name: string;
  readonly rule?: string;
  readonly message: string;
  readonly expected:
    | { readonly frame: unknown }
    | { readonly error: string; readonly ref?: string; readonly room?: string };
}

interface WrittenVector {
  readonly name: string;
  readonly rule?: string;
  readonly json?: string;
  readonly parts?: Part[];
  readonly frame?: Record<string, unknown>;
  readonly error?: string;
  readonly ref?: string;
  readonly room?: string;
}

/** The frames of a vector file, with what is written as parts put together. */
export function readFrameVectors(file: string): Vector[] {
  return readVectors<WrittenVector>(file).map(({ name, rule, json, parts, frame, error, ref, room }) => ({
    name,
    ...(rule === undefined ? {} : { rule }),
    message: json ?? joinParts(parts ?? []),
    expected: error === undefined ? { frame: withWholeText(frame ?? {}) } : { error, ...optional(ref, room) },
  }));
}

export function readVectors<Row>(file: string): Row[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), "utf8")) as Row[];
}

function joinParts(parts: Part[]): string {
  return parts.map(([text, times]) => text.repeat(times)).join("");
}

function withWholeText(frame: Record<string, unknown>): Record<string, unknown> {
  return Array.isArray(frame.text) ? { ...frame, text: joinParts(frame.text as Part[]) } : frame;
}

function optional(ref: string | undefined, room: string | undefined): { ref?: string; room?: string } {
  return { ...(ref === undefined ? {} : { ref }), ...(room === undefined ? {} : { room }) };
}

/** Random numbers from 0 to 1 that come the same for the same seed (mulberry32), so that a failure comes again. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
