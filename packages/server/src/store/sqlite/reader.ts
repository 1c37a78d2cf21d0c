import type { DatabaseSync } from "node:sqlite";
import { openForReading, toStoreError } from "./connection.ts";
import type { Outcome, ReaderCall, ReaderResults } from "./messages.ts";
import { SQL } from "./queries.ts";
import { damagedRoom, prepareRoomLookup } from "./room-key.ts";
import { type EventRow, verifiedRow } from "./row.ts";
import { prepareCountUnread } from "./unread.ts";
import { failure, type GroupRunner, readEpoch } from "./writer.ts";

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

export function prepareReadCalls(db: DatabaseSync): Run {
  const lookUp = prepareRoomLookup(db);
  const countUnread = prepareCountUnread(db);
  const roomsOf = db.prepare(SQL.roomsOf);
  const eventsFrom = db.prepare(SQL.eventsFrom);
  eventsFrom.setReturnArrays(true);

  /**
   * The events `from` to below `to`, all of which are kept: a gap or a wrong row is damage, never an answer.
   */
  function readRows(name: string, room: number, from: number, to: number): EventRow[] {
    if (to <= from) return [];
    const found = eventsFrom.all(room, from, to - from) as unknown as EventRow[];
    if (found.length !== to - from) throw damagedRoom(name);
    return found.map((columns, i) => {
      const row = verifiedRow(room, columns);
      if (row?.[0] !== from + i) throw damagedRoom(name);
      return row;
    });
  }

  function read({ room: name, range }: Extract<ReaderCall, { call: "read" }>): ReaderResults["read"] {
    const { row } = lookUp(name);
    if (row === undefined) return { head: 0, first: 1, rows: [] };
    const { head, first, room } = row;
    const end = "after" in range ? head + 1 : Math.min(range.before, head + 1);
    const from = Math.max(first, "after" in range ? range.after + 1 : end - range.limit);
    return { head, first, rows: readRows(name, room, from, Math.min(end, from + range.limit)) };
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
