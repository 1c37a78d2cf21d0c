import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { SQL } from "./queries.ts";

/** A row of `rooms`. */
export interface RoomRow {
  room: number;
  head: number;
  first: number;
  messages: number;
}

/** 47 bits: six bytes in a row of SQLite, and exact in a JavaScript number. */
const KEYS = 2 ** 47;
/** Names whose hashes collide take the next free keys. More than a few in a row is an attack or damage. */
const MAX_PROBES = 64;

/**
 * The key of a room comes from its name, not from a counter, so that a damaged row of `rooms` is not taken
 * for a room nobody ever wrote in: its events are still where the name says, and give it away.
 */
export function homeKey(name: string): number {
  return createHash("sha256").update(name).digest().readUIntBE(0, 6) % KEYS;
}

/**
 * Looks a room up and holds its row against the log, so that a wrong head is never handed out.
 * `row` is undefined for a room never stored; `key` is then the one it will get.
 */
export type RoomLookup = (name: string) => { key: number; row: RoomRow | undefined };

export function prepareRoomLookup(db: DatabaseSync): RoomLookup {
  const select = db.prepare(SQL.roomByKey);
  const oldest = db.prepare(SQL.oldestEvent);
  const newest = db.prepare(SQL.newestEvent);

  function verify(name: string, row: RoomRow): void {
    const low = oldest.get(row.room)?.seq;
    const high = newest.get(row.room);
    const agrees =
      row.first === row.head + 1
        ? high === undefined
        : low === row.first && high?.seq === row.head && high.messages === row.messages;
    if (!agrees || row.first < 1 || row.first > row.head + 1) throw damagedRoom(name);
  }

  return (name) => {
    const home = homeKey(name);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const key = (home + probe) % KEYS;
      const found = select.get(key) as (RoomRow & { name: string }) | undefined;
      if (found === undefined) {
        if (newest.get(key) !== undefined) throw damagedRoom(name);
        return { key, row: undefined };
      }
      if (found.name === name) {
        verify(name, found);
        return { key, row: found };
      }
      // Another name may stand here only if its own hash leads here.
      const distance = (key - homeKey(found.name) + KEYS) % KEYS;
      if (distance >= MAX_PROBES) throw damagedRoom(name);
    }
    throw new StoreError("invalid", `Too many rooms collide with the name ${JSON.stringify(name)}.`);
  };
}

export function damagedRoom(name: string): StoreError {
  const room = JSON.stringify(name);
  return new StoreError(
    "damaged",
    `The log of room ${room} is damaged: run "natter check", then restore a backup.`,
  );
}
