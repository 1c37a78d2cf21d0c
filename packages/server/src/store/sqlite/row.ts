import type { SQLOutputValue } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Draft, StoredEvent } from "../store.ts";

/** The columns of an event as every query names them, in this order. */
export type EventRow = [
  seq: number,
  messages: number,
  kind: "message",
  id: string,
  at: number,
  sender: string,
  name: string,
  plain: 0 | 1,
  text: string,
  sum: number,
];

/**
 * SQLite has no checksums in its pages, so a flipped bit in a text would be read as if somebody had
 * written it. Each event carries its own, over everything it says and where it stands.
 */
export function sumOf(
  room: number,
  [seq, messages, kind, id, at, sender, name, plain, text]: EventRow,
): number {
  return crc32(`${room}\n${seq}\n${messages}\n${kind}\n${id}\n${at}\n${sender}\n${name}\n${plain}\n${text}`);
}

export function toRow(room: number, seq: number, messages: number, draft: Draft): EventRow {
  const { kind, id, at, from, text } = draft;
  const row: EventRow = [seq, messages, kind, id, at, from.id, from.name, from.plain ? 1 : 0, text, 0];
  row[9] = sumOf(room, row);
  return row;
}

export function toEvent(
  room: string,
  [seq, , kind, id, at, sender, name, plain, text]: EventRow,
): StoredEvent {
  const from = plain === 1 ? { id: sender, name, plain: true as const } : { id: sender, name };
  return { kind, room, seq, id, at, from, text };
}

/** `undefined` when the row is not what was written. `found`: the columns of an event, in order. */
export function verifiedRow(room: number, found: SQLOutputValue[]): EventRow | undefined {
  const row = found as EventRow;
  return row[9] === sumOf(room, row) ? row : undefined;
}
