import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import type { Draft, Joined, ReadPosition, Retention } from "../store.ts";
import type { Known, WriterCall, WriterResults } from "./messages.ts";
import { unpackDrafts } from "./messages.ts";
import { SQL } from "./queries.ts";
import { damagedRoom, prepareRoomLookup, type RoomRow } from "./room-key.ts";
import { type EventRow, toRow, verifiedRow } from "./row.ts";
import { prepareCountUnread } from "./unread.ts";

/** Events removed in one step: a few milliseconds, for which appends wait. */
const TRIM_STEP = 500;
/** Rooms looked at in one step. */
const TRIM_ROOMS = 50;
/** Rooms whose rows are kept in memory; then all are read anew. */
const CACHED_ROOMS = 10_000;

/** Carries out calls inside a transaction that somebody else begins and commits. */
export interface WriteCalls {
  run(call: WriterCall): WriterResults[WriterCall["call"]];
  /** Before each commit: heads change with every append, and are written once a group. */
  saveRooms(): void;
  /** After each rollback: what is in memory is not what is on disk. */
  forget(): void;
}

interface CachedRoom {
  row: RoomRow;
  stored: boolean;
}

export function prepareWriteCalls(db: DatabaseSync): WriteCalls {
  const lookUp = prepareRoomLookup(db);
  const countUnread = prepareCountUnread(db);
  const sql = prepareAll(db);
  const cache = new Map<string, CachedRoom>();
  const changed = new Map<string, RoomRow>();

  function load(name: string): CachedRoom {
    const cached = cache.get(name);
    if (cached !== undefined) return cached;
    const { key, row } = lookUp(name);
    const room = { row: row ?? { room: key, head: 0, first: 1, messages: 0 }, stored: row !== undefined };
    // A room never stored stays out: two such names could still claim one key.
    if (room.stored) cache.set(name, room);
    return room;
  }

  function append(name: string, drafts: readonly Draft[]): WriterResults["append"] {
    const room = load(name);
    const { row } = room;
    const before = row.head;
    const fates = drafts.map((draft) => appendOne(name, row, draft));
    if (row.head === before) return fates;
    changed.set(name, row);
    if (!room.stored) {
      saveRoom(name, row);
      room.stored = true;
      cache.set(name, room);
    }
    return row.head - before === drafts.length ? before + 1 : fates;
  }

  function appendOne(name: string, row: RoomRow, draft: Draft): number | Known {
    const seq = row.head + 1;
    if (sql.claimId.run(row.room, draft.from.id, draft.id, seq).changes === 0) {
      const known = findOne(name, row, draft.from.id, draft.id);
      if (known === undefined) throw damagedRoom(name);
      return known;
    }
    sql.addEvent.run(row.room, ...toRow(row.room, seq, row.messages + 1, draft));
    row.head = seq;
    row.messages += 1;
    return seq;
  }

  function findOne(name: string, row: RoomRow, sender: string, id: string): Known | undefined {
    const seq = sql.seqOfId.get(row.room, sender, id)?.seq as number | undefined;
    if (seq === undefined) return undefined;
    if (seq < row.first) return { trimmed: seq };
    const found = eventsFrom(row.room, seq, 1)[0];
    if (found?.[0] !== seq || found[3] !== id || found[5] !== sender) throw damagedRoom(name);
    return { row: found };
  }

  /** Up to the first row that is not what was written. */
  function eventsFrom(room: number, seq: number, limit: number): EventRow[] {
    const rows: EventRow[] = [];
    for (const found of sql.eventsFrom.all(room, seq, limit) as unknown as EventRow[]) {
      const row = verifiedRow(room, found);
      if (row === undefined) break;
      rows.push(row);
    }
    return rows;
  }

  function join(person: string, name: string, most: number): Joined | undefined {
    const known = position(person, name);
    const { head, first } = load(name).row;
    if (known !== undefined) return { ...known, head, first, isNew: false };
    const isFull = most <= 0 || sql.roomAt.get(person, most - 1) !== undefined;
    if (isFull) return undefined;
    sql.joinRoom.run(person, name, head);
    return { read: head, unread: 0, head, first, isNew: true };
  }

  function mark(person: string, name: string, seq: number): ReadPosition | undefined {
    sql.markRead.run(Math.min(seq, load(name).row.head), person, name);
    return position(person, name);
  }

  function position(person: string, name: string): ReadPosition | undefined {
    const read = sql.readPosition.get(person, name)?.read as number | undefined;
    return read === undefined ? undefined : { read, unread: countUnread(load(name).row, read) };
  }

  function trim(retention: Retention, now: number, after: number): WriterResults["trim"] {
    const rooms = sql.nextRooms.all(after, TRIM_ROOMS) as { room: number; name: string }[];
    let removed = 0;
    let done = after;
    for (const { room, name } of rooms) {
      const { took, more } = trimRoom(name, retention, now, TRIM_STEP - removed);
      removed += took;
      if (more) return { removed, after: done };
      done = room;
    }
    return { removed, after: rooms.length < TRIM_ROOMS ? undefined : done };
  }

  function trimRoom(name: string, retention: Retention, now: number, atMost: number) {
    const row = rowToTrim(name);
    if (row === undefined) return { took: 0, more: false };
    const first = Math.max(row.first, firstByCount(row, retention), firstByAge(row, retention, now, atMost));
    const took = Math.min(first - row.first, atMost);
    if (took > 0) {
      sql.trimEvents.run(row.room, row.first, row.first + took);
      row.first += took;
      changed.set(name, row);
    }
    return { took, more: took === atMost };
  }

  /** Damaged rooms stay as they are: retention is no reason to stop a server, nor to remove evidence. */
  function rowToTrim(name: string): RoomRow | undefined {
    try {
      return load(name).row;
    } catch (error) {
      if (error instanceof StoreError && error.code === "damaged") return undefined;
      throw error;
    }
  }

  function firstByAge(row: RoomRow, { maxAgeMs }: Retention, now: number, atMost: number): number {
    if (maxAgeMs === undefined || atMost === 0) return row.first;
    const isYoung = ([, , , , at]: EventRow) => at >= now - maxAgeMs;
    // Most rooms have nothing to remove, and their oldest event alone tells.
    if (eventsFrom(row.room, row.first, 1).some(isYoung)) return row.first;
    const events = eventsFrom(row.room, row.first, atMost);
    const young = events.findIndex(isYoung);
    return row.first + (young === -1 ? events.length : young);
  }

  function saveRoom(name: string, { room, head, first, messages }: RoomRow): void {
    sql.saveRoom.run(room, name, head, first, messages);
  }

  return {
    run(call) {
      switch (call.call) {
        case "append":
          return append(call.room, unpackDrafts(call.drafts));
        case "find": {
          const { row } = load(call.room);
          return call.ids.map((id) => findOne(call.room, row, call.sender, id));
        }
        case "join":
          return join(call.person, call.room, call.most);
        case "leave":
          sql.leaveRoom.run(call.person, call.room);
          return undefined;
        case "mark":
          return mark(call.person, call.room, call.seq);
        case "trim":
          return trim(call.retention, call.now, call.after);
        case "probe":
          sql.probe.run();
          return undefined;
      }
    },
    saveRooms() {
      for (const [name, row] of changed) saveRoom(name, row);
      changed.clear();
      if (cache.size > CACHED_ROOMS) cache.clear();
    },
    forget() {
      cache.clear();
      changed.clear();
    },
  };
}

function firstByCount(row: RoomRow, { maxEvents }: Retention): number {
  return maxEvents === undefined ? row.first : row.head - maxEvents + 1;
}

function prepareAll(db: DatabaseSync) {
  const prepare = (sql: string): StatementSync => db.prepare(sql);
  const eventsFrom = prepare(SQL.eventsFrom);
  eventsFrom.setReturnArrays(true);
  return {
    eventsFrom,
    claimId: prepare(SQL.claimId),
    seqOfId: prepare(SQL.seqOfId),
    addEvent: prepare(SQL.addEvent),
    saveRoom: prepare(SQL.saveRoom),
    trimEvents: prepare(SQL.trimEvents),
    nextRooms: prepare(SQL.nextRooms),
    joinRoom: prepare(SQL.joinRoom),
    roomAt: prepare(SQL.roomAt),
    leaveRoom: prepare(SQL.leaveRoom),
    markRead: prepare(SQL.markRead),
    readPosition: prepare(SQL.readPosition),
    probe: prepare(SQL.probe),
  };
}
