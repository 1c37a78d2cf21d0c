import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";

/** One step from the version before. Released steps are never edited: a change is a new step. */
export interface Migration {
  /** What `PRAGMA user_version` says afterwards. */
  version: number;
  sql: string;
}

/**
 * rooms    `room` is a hash of the name (see room-key.ts), so that no index of names can go wrong. `messages`
 *          counts the messages up to the head, trimmed ones included.
 * events   `messages` counts the messages in the room up to and including this event, since its beginning:
 * the
 *          unread messages between two positions are one subtraction, whatever kinds stand between them and
 *          whatever was trimmed before them. `sum` guards the row (see row.ts).
 * ids      outlives `events`: what makes a retry years later the same event.
 * members  rooms by name, for one can join a room in which nothing was ever said.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE rooms (
        room INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        head INTEGER NOT NULL,
        first INTEGER NOT NULL,
        messages INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE events (
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        messages INTEGER NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        at INTEGER NOT NULL,
        sender TEXT NOT NULL,
        name TEXT NOT NULL,
        plain INTEGER NOT NULL,
        text TEXT NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (room, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE ids (
        room INTEGER NOT NULL,
        sender TEXT NOT NULL,
        id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (room, sender, id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE members (
        person TEXT NOT NULL,
        room TEXT NOT NULL,
        read INTEGER NOT NULL,
        PRIMARY KEY (person, room)
      ) STRICT, WITHOUT ROWID;
    `,
  },
];

/** "nttr", so that another program's SQLite file is not taken for ours. */
const APPLICATION_ID = 0x6e747472;

/**
 * Brings a database up to the newest step, each step in a transaction of its own: one that fails leaves the
 * version before it as it was. A new database gets `epoch` with its first step.
 */
export function migrate(db: DatabaseSync, file: string, epoch: string, steps = MIGRATIONS): void {
  const found = versionOf(db);
  const newest = steps.at(-1)?.version ?? 0;
  if (found > newest) {
    throw new StoreError(
      "newer",
      `${file} was written by a newer natter (version ${found} of the data, this one knows ${newest}): start that natter.`,
    );
  }
  const empty = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n === 0;
  if (found === 0 ? !empty : pragma(db, "application_id") !== APPLICATION_ID) {
    throw new StoreError(
      "damaged",
      `${file} is not a database of natter: move it away, or give another data folder.`,
    );
  }
  for (const step of steps) {
    if (step.version > found) migrateOne(db, step, epoch);
  }
}

function migrateOne(db: DatabaseSync, step: Migration, epoch: string): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(step.sql);
    if (step.version === 1) {
      db.prepare("INSERT INTO meta (key, value) VALUES ('epoch', ?)").run(epoch);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    }
    db.exec(`PRAGMA user_version = ${step.version}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

export function versionOf(db: DatabaseSync): number {
  return pragma(db, "user_version");
}

/** The definitions as SQLite keeps them, but for spaces: two databases of one version have the same. */
export function definitions(db: DatabaseSync): string {
  const rows = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").all();
  return rows.map(({ sql }) => String(sql).replaceAll(/\s+/g, " ")).join(";\n");
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
