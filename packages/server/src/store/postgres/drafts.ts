import { eventOf } from "../input.ts";
import type { Appended, Draft } from "../store.ts";
import { type EventRow, toEvent } from "./rows.ts";
import { toStored } from "./text.ts";

/** Drafts of several rooms as columns, which is how PostgreSQL takes a thousand rows in one statement. */
export interface PackedDrafts {
  /** The arguments of `append_1`. */
  values: unknown[];
  /** For each draft that was given, in their order, the row of the answer that tells its fate. */
  places: { row: number; isFirst: boolean }[];
}

export interface AppendRow extends EventRow {
  known: boolean;
  trimmed: boolean | null;
}

export interface RoomDrafts {
  room: string;
  drafts: readonly Draft[];
}

/** An id that comes twice is sent once: the second is a retry of the first. */
export function packDrafts(calls: readonly RoomDrafts[]): PackedDrafts {
  const rooms = new Map<string, number>();
  const rows = new Map<string, number>();
  const places: PackedDrafts["places"] = [];
  const columns: unknown[][] = Array.from({ length: 8 }, () => []);
  for (const { room, drafts } of calls) {
    const place = rooms.get(room) ?? rooms.size + 1;
    rooms.set(room, place);
    for (const draft of drafts) {
      const key = `${place} ${draft.from.id.length} ${draft.from.id}${draft.id}`;
      const known = rows.get(key);
      const row = known ?? rows.size;
      places.push({ row, isFirst: known === undefined });
      if (known !== undefined) continue;
      rows.set(key, row);
      columnsOf(place, draft).forEach((value, column) => {
        columns[column]!.push(value);
      });
    }
  }
  return { values: [[...rooms.keys()].map(toStored), ...columns], places };
}

function columnsOf(place: number, { id, from, at, text }: Draft): unknown[] {
  const size = Buffer.byteLength(text);
  const { id: sender, name, plain = false } = from;
  return [place, toStored(id), toStored(sender), at, toStored(name), plain, size, toStored(text)];
}

/** The fates of each call's drafts, from the answer to all of them. */
export function unpackFates(
  calls: readonly RoomDrafts[],
  places: PackedDrafts["places"],
  rows: readonly AppendRow[],
): Appended[][] {
  const firsts = new Map<number, Appended>();
  let next = 0;
  return calls.map(({ room, drafts }) =>
    drafts.map((draft) => {
      const { row, isFirst } = places[next++]!;
      if (!isFirst) return { ...firsts.get(row)!, again: true };
      const appended = fateOf(room, draft, rows[row]!);
      firsts.set(row, appended);
      return appended;
    }),
  );
}

function fateOf(room: string, draft: Draft, row: AppendRow): Appended {
  if (!row.known) return { event: eventOf(room, row.seq, draft), again: false, trimmed: false };
  const { id, from } = draft;
  if (row.trimmed)
    return { event: { room, seq: row.seq, id, from: { id: from.id } }, again: true, trimmed: true };
  return { event: toEvent(room, from.id, id, row), again: true, trimmed: false };
}
