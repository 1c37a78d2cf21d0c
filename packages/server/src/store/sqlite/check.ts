import { closeSync, existsSync, openSync } from "node:fs";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { openForReading } from "./connection.ts";
import { databaseFile } from "./files.ts";
import { type DataLock, lockData } from "./lock.ts";
import { homeKey } from "./room-key.ts";
import { type EventRow, verifiedRow } from "./row.ts";
import { walIsSound } from "./wal.ts";

/** More would not change the verdict. */
const MAX_PROBLEMS = 20;

export interface CheckResult {
  ok: boolean;
  /** One line: what is there, or what is wrong first. */
  verdict: string;
  /** At most 20, each one sentence. */
  problems: readonly string[];
}

/**
 * Reads everything there is and changes nothing; also beside a running server. Takes time with the size of
 * the log and blocks its thread: for a command of its own, never for a server.
 */
export async function check(dataDir: string): Promise<CheckResult> {
  const file = databaseFile(dataDir);
  if (!existsSync(file)) return verdictOf([`${file} does not exist`]);
  const lock = lockIfFree(dataDir);
  try {
    // A running server writes to the WAL; nobody else can tell what is damage in it.
    if (lock !== undefined && !walFileIsSound(`${file}-wal`)) {
      return verdictOf([`${file}-wal is damaged, and what follows the damage in it is lost`]);
    }
    return checkFile(file);
  } finally {
    lock?.release();
  }
}

export function checkFile(file: string): CheckResult {
  try {
    using db = openForReading(file);
    db.exec("BEGIN");
    const problems = [...integrity(db)];
    if (problems.length > 0) return verdictOf(problems);
    const rooms = new Map<number, RoomState>();
    for (const row of db.prepare("SELECT room, name, head, first, messages FROM rooms").iterate()) {
      rooms.set(row.room as number, {
        ...(row as unknown as RoomState),
        last: (row.first as number) - 1,
        seen: 0,
      });
    }
    for (const problem of [eventProblems(db, rooms), roomProblems(rooms), idProblems(db, rooms)]) {
      for (const sentence of problem) {
        if (problems.push(sentence) >= MAX_PROBLEMS) return verdictOf(problems);
      }
    }
    const events = [...rooms.values()].reduce((sum, { seen }) => sum + seen, 0);
    return verdictOf(problems, `ok: ${rooms.size} rooms, ${events} events`);
  } catch (error) {
    if (error instanceof StoreError && error.code === "newer") throw error;
    return verdictOf([error instanceof Error ? error.message : String(error)]);
  }
}

interface RoomState {
  name: string;
  head: number;
  first: number;
  messages: number;
  /** Seq of the last event met so far. */
  last: number;
  seen: number;
  /** Its count of messages. */
  counted?: number;
}

function* integrity(db: DatabaseSync): Iterable<string> {
  for (const row of db.prepare(`PRAGMA integrity_check(${MAX_PROBLEMS})`).iterate()) {
    if (row.integrity_check !== "ok") yield `SQLite finds: ${row.integrity_check}`;
  }
  if (db.prepare("SELECT value FROM meta WHERE key = 'epoch'").get() === undefined)
    yield "the epoch is missing";
}

/** Dense seqs, right sums, right counts, and for each event its own row of `ids`. */
function* eventProblems(db: DatabaseSync, rooms: Map<number, RoomState>): Iterable<string> {
  const all = db.prepare(`
    SELECT e.seq, e.messages, e.kind, e.id, e.at, e.sender, e.name, e.plain, e.text, e.sum, e.room, i.seq AS id_seq
    FROM events e LEFT JOIN ids i ON i.room = e.room AND i.sender = e.sender AND i.id = e.id
    ORDER BY e.room, e.seq`);
  all.setReturnArrays(true);
  for (const columns of all.iterate() as unknown as Iterable<SQLOutputValue[]>) {
    const [seq, messages, kind, id] = columns as unknown as EventRow;
    const [key, idSeq] = columns.slice(10) as [number, number | null];
    const room = rooms.get(key);
    if (room === undefined) {
      yield `an event (seq ${seq}) belongs to no room`;
      continue;
    }
    const where = `room ${JSON.stringify(room.name)}, seq ${seq}`;
    if (seq !== room.last + 1)
      yield `room ${JSON.stringify(room.name)}: seq ${room.last + 1} is missing before ${seq}`;
    if (verifiedRow(key, columns) === undefined) yield `${where}: not what was written`;
    const counted = room.counted === undefined ? messages : room.counted + (kind === "message" ? 1 : 0);
    if (messages !== counted) yield `${where}: counts ${messages} messages instead of ${counted}`;
    if (idSeq === null) yield `${where}: its id has no row`;
    else if (idSeq !== seq) yield `${where}: its id ${JSON.stringify(id)} is that of seq ${idSeq} already`;
    room.last = seq;
    room.counted = messages;
    room.seen += 1;
  }
}

function* roomProblems(rooms: Map<number, RoomState>): Iterable<string> {
  for (const [key, { name, head, last, messages, counted }] of rooms) {
    const where = `room ${JSON.stringify(name)}`;
    if (last !== head) yield `${where}: the head is ${head}, the last event ${last}`;
    if (counted !== undefined && messages !== counted)
      yield `${where}: counts ${messages} messages, not ${counted}`;
    // Names whose keys collide stand a little further on.
    if (key < homeKey(name) || key > homeKey(name) + 64)
      yield `${where}: stands under the key of another name`;
  }
}

/** Each event there ever was, trimmed or not, has one id: their number is the head. */
function* idProblems(db: DatabaseSync, rooms: Map<number, RoomState>): Iterable<string> {
  const counts = db.prepare("SELECT room, count(*) AS ids, max(seq) AS newest FROM ids GROUP BY room");
  const seen = new Set<number>();
  for (const row of counts.iterate() as Iterable<{ room: number; ids: number; newest: number }>) {
    const room = rooms.get(row.room);
    seen.add(row.room);
    if (room === undefined) yield `${row.ids} ids belong to no room`;
    else if (row.ids !== room.head || row.newest !== room.head) {
      yield `room ${JSON.stringify(room.name)}: ${row.ids} ids up to seq ${row.newest} for ${room.head} events`;
    }
  }
  for (const [key, { name }] of rooms) if (!seen.has(key)) yield `room ${JSON.stringify(name)}: has no ids`;
}

function verdictOf(problems: readonly string[], ok = ""): CheckResult {
  const [first, ...others] = problems;
  if (first === undefined) return { ok: true, verdict: ok, problems };
  const more =
    others.length === 0
      ? ""
      : ` (and ${others.length}${others.length + 1 >= MAX_PROBLEMS ? " or" : ""} more)`;
  return { ok: false, verdict: `damaged: ${first}${more}`, problems };
}

function lockIfFree(dataDir: string): DataLock | undefined {
  try {
    return lockData(dataDir);
  } catch (error) {
    if (error instanceof StoreError && error.code === "locked") return undefined;
    throw error;
  }
}

function walFileIsSound(wal: string): boolean {
  if (!existsSync(wal)) return true;
  const fd = openSync(wal, "r");
  try {
    return walIsSound(fd);
  } finally {
    closeSync(fd);
  }
}
