import type { DatabaseSync } from "node:sqlite";
import { SQL } from "./queries.ts";
import type { RoomRow } from "./room-key.ts";

/** Kept messages after the seq `read`: one look-up and one subtraction, however many there are. */
export type CountUnread = (row: RoomRow | undefined, read: number) => number;

export function prepareCountUnread(db: DatabaseSync): CountUnread {
  const messagesAt = db.prepare(SQL.messagesAt);
  return (row, read) => {
    if (row === undefined || read >= row.head || row.first > row.head) return 0;
    const known = messagesAt.get(row.room, Math.max(read, row.first)) as { messages: number; kind: string };
    // Read up to before the oldest kept event: that one is unread, too, if it is a message.
    const oldest = read < row.first && known.kind === "message" ? 1 : 0;
    return row.messages - known.messages + oldest;
  };
}
