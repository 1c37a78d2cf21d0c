import type { StoreErrorCode } from "../errors.ts";
import type { Draft, Joined, ReadPosition, ReadRange, Retention, RoomHead } from "../store.ts";
import type { EventRow } from "./row.ts";

// What crosses the border between threads. Copying an object costs its keys each time, so what comes by
// the thousand (drafts, events) is flat, and nothing goes back that the other side still holds.

/** What every worker is started with. */
export interface WorkerStart {
  role: "writer" | "reader";
  /** The database. */
  file: string;
  /** For a database that does not exist yet. */
  epochIfNew: string;
  /** The writer only: an earlier one of this process failed or died (see `openWriter`). */
  again: boolean;
}

/** Six values a draft, one after the other. */
export type PackedDrafts = (string | number)[];

export function packDrafts(drafts: readonly Draft[]): PackedDrafts {
  const packed: PackedDrafts = [];
  for (const { id, at, from, text } of drafts)
    packed.push(id, at, from.id, from.name, from.plain ? 1 : 0, text);
  return packed;
}

export function unpackDrafts(packed: PackedDrafts): Draft[] {
  const drafts: Draft[] = [];
  for (let i = 0; i < packed.length; i += 6) {
    const [id, at, sender, name, plain, text] = packed.slice(i, i + 6) as [
      string,
      number,
      string,
      string,
      0 | 1,
      string,
    ];
    const from = plain === 1 ? { id: sender, name, plain: true as const } : { id: sender, name };
    drafts.push({ kind: "message", id, at, from, text });
  }
  return drafts;
}

/** An id that was in the log already: the event, or only its seq where it was trimmed. */
export type Known = { row: EventRow } | { trimmed: number };

export type WriterCall =
  | { call: "append"; room: string; drafts: PackedDrafts }
  | { call: "find"; room: string; sender: string; ids: readonly string[] }
  | { call: "join"; person: string; room: string; most: number }
  | { call: "leave"; person: string; room: string }
  | { call: "mark"; person: string; room: string; seq: number }
  | { call: "trim"; retention: Retention; now: number; after: number }
  | { call: "probe" };

export interface WriterResults {
  /** The seq of the first where all are new; else one entry a draft, the seq of a new one. */
  append: number | (number | Known)[];
  find: (Known | undefined)[];
  join: Joined | undefined;
  leave: undefined;
  mark: ReadPosition | undefined;
  /** `after`: where the next step goes on; undefined when every room has been seen. */
  trim: { removed: number; after: number | undefined };
  probe: undefined;
}

export type ReaderCall =
  | { call: "head"; room: string }
  | { call: "read"; room: string; range: ReadRange }
  | { call: "rooms"; person: string; after: string; limit: number };

export interface ReaderResults {
  head: RoomHead;
  read: RoomHead & { rows: EventRow[] };
  rooms: [room: string, head: number, read: number, unread: number][];
}

export type Outcome = { value: unknown } | { failed: StoreErrorCode; message: string };

/** From a worker: once when it is open, then one list of outcomes for each group of calls. */
export type WorkerReply = { ready: true; epoch: string } | Outcome[];
