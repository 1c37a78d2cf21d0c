import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { MAX_READ_BYTES } from "../store.ts";
import { openForReading, toStoreError } from "./connection.ts";
import type { Outcome, ReaderCall, ReaderResults } from "./messages.ts";
import { SQL } from "./queries.ts";
import { damagedRoom, prepareRoomLookup } from "./room-key.ts";
import { type EventRow, verifiedRow } from "./row.ts";
import { prepareCountUnread } from "./unread.ts";
import { failure, type GroupRunner, readEpoch } from "./writer.ts";

/** `back`: the newest of them matter most. */
type Rows = { room: number; from: number; to: number; back: boolean };
type Run = (call: ReaderCall) => ReaderResults[ReaderCall["call"]];

/**
 * The connection that only reads, so that a page of history never waits for an fsync. SQLite shows it a
 * commit
 * only after the fsync of that commit.
 */
export function openReader({ file }: { file: string }): GroupRunner<ReaderCall> {
  let db: DatabaseSync | undefined = openForReading(file);
  const epoch = readEpoch(db);
  let run = prepareReadCalls(db);

  function runOne(call: ReaderCall): Outcome {
    try {
      if (db === undefined) {
        db = openForReading(file);
        run = prepareReadCalls(db);
      }
      return { value: inSnapshot(db, () => run(call)) };
    } catch (error) {
      const reason = toStoreError(error, file);
      // A connection that met a failing disk is given up; the next call opens another.
      if (reason.retry && db?.isOpen) {
        db.close();
        db = undefined;
      }
      return failure(reason);
    }
  }

  return { epoch, run: (calls) => calls.map(runOne), close: () => db?.close() };
}

/** All statements of one call see the same moment. */
function inSnapshot<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN");
  try {
    return work();
  } finally {
    if (db.isTransaction) db.exec("COMMIT");
  }
}

function inOrder(rows: EventRow[], back: boolean): EventRow[] {
  return back ? rows.reverse() : rows;
}

export function prepareReadCalls(db: DatabaseSync): Run {
  const lookUp = prepareRoomLookup(db);
  const countUnread = prepareCountUnread(db);
  const roomsOf = db.prepare(SQL.roomsOf);
  const eventsFrom = db.prepare(SQL.eventsFrom);
  const eventsBefore = db.prepare(SQL.eventsBefore);
  for (const statement of [eventsFrom, eventsBefore]) statement.setReturnArrays(true);

  /**
   * The events `from` to below `to`, all of which are kept, as far as a page holds them: from the first on, or from the
   * last back. A gap or a wrong row is damage, never an answer.
   */
  function readRows(name: string, { room, from, to, back }: Rows): EventRow[] {
    if (to <= from) return [];
    const found = back
      ? eventsBefore.iterate(room, to, to - from)
      : eventsFrom.iterate(room, from, to - from);
    const rows: EventRow[] = [];
    let bytes = 0;
    // Row by row: one that no longer fits is not read, and none behind it.
    for (const columns of found as unknown as Iterable<SQLOutputValue[]>) {
      const row = verifiedRow(room, columns);
      if (row?.[0] !== (back ? to - 1 - rows.length : from + rows.length)) throw damagedRoom(name);
      bytes += Buffer.byteLength(row[8]);
      if (rows.length > 0 && bytes > MAX_READ_BYTES) return inOrder(rows, back);
      rows.push(row);
    }
    if (rows.length !== to - from) throw damagedRoom(name);
    return inOrder(rows, back);
  }

  function read({ room: name, range }: Extract<ReaderCall, { call: "read" }>): ReaderResults["read"] {
    const { row } = lookUp(name);
    if (row === undefined) return { head: 0, first: 1, rows: [] };
    const { head, first, room } = row;
    const end = "after" in range ? head + 1 : Math.min(range.before, head + 1);
    const from = Math.max(first, "after" in range ? range.after + 1 : end - range.limit);
    const to = Math.min(end, from + range.limit);
    return { head, first, rows: readRows(name, { room, from, to, back: "before" in range }) };
  }

  function rooms({ person, after, limit }: Extract<ReaderCall, { call: "rooms" }>): ReaderResults["rooms"] {
    const list = roomsOf.all(person, after, limit) as { room: string; read: number }[];
    return list.map(({ room, read }) => {
      const { row } = lookUp(room);
      return [room, row?.head ?? 0, read, countUnread(row, read)];
    });
  }

  return (call) => {
    switch (call.call) {
      case "head": {
        const { row } = lookUp(call.room);
        return { head: row?.head ?? 0, first: row?.first ?? 1 };
      }
      case "read":
        return read(call);
      case "rooms":
        return rooms(call);
    }
  };
}
