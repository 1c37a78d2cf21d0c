// Recorded sessions of a client with a real server: packages/protocol/vectors/transcripts.

import { readdirSync, readFileSync } from "node:fs";
import type { ClientFrame, ServerFrame } from "@natter/protocol";
import type { Action } from "./actor.ts";

/** What happened, in its order. */
export type Step =
  | { readonly do: Action }
  | { readonly open: true }
  | { readonly client: ClientFrame }
  | { readonly server: ServerFrame }
  | { readonly closed: number };

export type Transcript = {
  readonly about: string;
  readonly name: string;
  readonly session: string;
  readonly steps: readonly Step[];
  /** How things stood for the client then. */
  readonly end: object;
};

export const TRANSCRIPTS = new URL("../../../packages/protocol/vectors/transcripts/", import.meta.url);

export function readTranscripts(): [name: string, transcript: Transcript][] {
  return readdirSync(TRANSCRIPTS)
    .sort()
    .map((file) => [
      file.replace(".json", ""),
      JSON.parse(readFileSync(new URL(file, TRANSCRIPTS), "utf8")) as Transcript,
    ]);
}

/** 2026-01-01, from which the recorded times count up a second at a time. */
const TIME = 1_767_225_600_000;

/** The same in each recording: ids, epochs, times and numbers of connections by the order in which they first came. */
export function normalised(transcript: Transcript): Transcript {
  const seen = new Map<string, Map<unknown, number>>();
  const count = (what: string, value: unknown): number => {
    const known = seen.get(what) ?? new Map<unknown, number>();
    seen.set(what, known);
    if (!known.has(value)) known.set(value, known.size + 1);
    return known.get(value)!;
  };
  const walk = (value: unknown, key = "", of: Partial<Record<string, unknown>> = {}): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value === "object" && value !== null) {
      const pairs = Object.entries(value).map(([name, inner]) => [name, walk(inner, name, value)]);
      return Object.fromEntries(pairs);
    }
    if (key === "epoch") return `epoch-${count(key, value)}`;
    // Of the event that it is the time of: two may have the same.
    if (key === "at" || key === "lastAt")
      return TIME + count("message", key === "at" ? of.id : of.last) * 1_000;
    if (key === "connection") return count(key, value);
    if (key === "retryAfterMs") return 1_000;
    if (key === "server") return "natter";
    const isMessage = key === "last" || (key === "id" && ["send", "event", "skip"].includes(`${of.type}`));
    return isMessage || (key === "ref" && seen.get("message")?.has(value) === true)
      ? `message-${count("message", value)}`
      : value;
  };
  return walk(transcript) as Transcript;
}
