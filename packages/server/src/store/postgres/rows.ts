import type { StoredEvent } from "../store.ts";
import { fromStored } from "./text.ts";

/** What every statement gives of an event that is kept. */
export interface EventRow {
  seq: number;
  at: number;
  name: string;
  plain: boolean;
  text: string;
}

export function toEvent(room: string, sender: string, id: string, row: EventRow): StoredEvent {
  const { seq, at, plain } = row;
  const name = fromStored(row.name);
  const from = plain ? { id: sender, name, plain: true as const } : { id: sender, name };
  return { kind: "message", room, seq, id, at, from, text: fromStored(row.text) };
}
