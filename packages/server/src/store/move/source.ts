import { existsSync } from "node:fs";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { checkFile } from "../sqlite/check.ts";
import { openForReading, openForWriting } from "../sqlite/connection.ts";
import { databaseFile } from "../sqlite/files.ts";
import { lockData } from "../sqlite/lock.ts";
import { markMoved, movedTo } from "../sqlite/moved.ts";
import { damagedRoom } from "../sqlite/room-key.ts";
import { verifiedRow } from "../sqlite/row.ts";
import { settleWal } from "../sqlite/wal.ts";
import { readEpoch } from "../sqlite/writer.ts";
import type { Member, MovedEvent, MovedRoom } from "./rows.ts";

/** A data folder that no server uses while it is read. */
export interface Source {
  readonly epoch: string;
  /** Where it was moved to, or was about to be. */
  readonly movedTo: string | undefined;
  rooms(): Iterable<MovedRoom>;
  /** Of one room, by seq: first those that retention emptied, of which all is null but what they are known by. */
  events(room: MovedRoom): Iterable<MovedEvent>;
  members(): Iterable<Member>;
  mark(place: string | undefined): void;
  close(): void;
}

/** Reads all of it, to be sure that it is sound. Throws `invalid` (there is none), `locked`, `damaged` or `newer`. */
export function openSource(dataDir: string): Source {
  const file = databaseFile(dataDir);
  if (!existsSync(file)) throw new StoreError("invalid", `${dataDir} has no data to move.`);
  const lock = lockData(dataDir);
  try {
    settleWal(file);
    // Brings an older version up.
    openForWriting(file, "").close();
    const { ok, verdict } = checkFile(file);
    if (!ok) throw new StoreError("damaged", `${file} is not sound (${verdict}): restore a backup first.`);
    return readSource(file, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function readSource(file: string, release: () => void): Source {
  const db = openForReading(file);
  return {
    epoch: readEpoch(db),
    movedTo: movedTo(db),
    rooms: () =>
      db
        .prepare("SELECT room AS key, name, head, first, messages FROM rooms ORDER BY room")
        .iterate() as Iterable<MovedRoom>,
    events: (room) => eventsOf(db, room),
    members: () =>
      db
        .prepare("SELECT person, room, read FROM members ORDER BY person, room")
        .iterate() as Iterable<Member>,
    mark(place) {
      using writing = openForWriting(file, "");
      markMoved(writing, place);
    },
    close() {
      db.close();
      release();
    },
  };
}

function* eventsOf(db: DatabaseSync, { key, name, first, messages }: MovedRoom): Iterable<MovedEvent> {
  const kept = db.prepare(`
    SELECT seq, messages, kind, id, at, sender, name, plain, text, sum FROM events WHERE room = ? ORDER BY seq`);
  kept.setReturnArrays(true);
  const oldest = db.prepare("SELECT messages, kind FROM events WHERE room = ? AND seq = ?").get(key, first);
  const before =
    oldest === undefined ? messages : Number(oldest.messages) - (oldest.kind === "message" ? 1 : 0);
  const trimmed = db.prepare("SELECT seq, id, sender FROM ids WHERE room = ? AND seq < ? ORDER BY seq");
  for (const { seq, id, sender } of trimmed.iterate(key, first) as Iterable<{
    seq: number;
    id: string;
    sender: string;
  }>) {
    yield [seq, before, "message", id, sender, null, null, null, null];
  }
  for (const columns of kept.iterate(key) as unknown as Iterable<SQLOutputValue[]>) {
    const row = verifiedRow(key, columns);
    if (row === undefined) throw damagedRoom(name);
    const [seq, counted, kind, id, at, sender, label, plain, text] = row;
    yield [seq, counted, kind, id, sender, at, label, plain === 1, text];
  }
}
