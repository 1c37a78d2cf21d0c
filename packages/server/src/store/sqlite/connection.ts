import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { definitions, MIGRATIONS, migrate, versionOf } from "./schema.ts";

/** How long one connection waits for a lock of another (a checkpoint, a backup) before it gives up. */
export const LOCK_TIMEOUT_MS = 5000;
/**
 * Pages in the WAL after which a commit also copies them into the database: 8 MB. More makes appends a little
 * faster and the commit that copies slower: in a room of 400,000 events it took 16 ms with 1,000 pages, 23
 * ms with
 * 2,000, 38 ms with 4,000 and 72 ms with 12,000.
 */
const CHECKPOINT_PAGES = 2000;
/** A WAL that a long reader (a backup) let grow is cut back to this many bytes. */
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

/** Opens for writing: creates, migrates, and holds the definitions against the known ones. */
export function openForWriting(file: string, epochIfNew: string): DatabaseSync {
  return guarded(
    file,
    () => new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS }),
    (db) => {
      db.exec("PRAGMA journal_mode = WAL");
      // FULL: a commit returns after fsync of the WAL. The two others matter on macOS only, where fsync alone
      // leaves the data in the drive's cache.
      db.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1");
      db.exec(
        `PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`,
      );
      db.exec("PRAGMA cell_size_check = 1; PRAGMA cache_size = -32000");
      migrate(db, file, epochIfNew);
      compareDefinitions(db, file);
    },
  );
}

/** Opens a database that exists, never writes to it, and refuses any version but the newest. */
export function openForReading(file: string): DatabaseSync {
  return guarded(
    file,
    () => new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS, readOnly: true }),
    (db) => {
      db.exec("PRAGMA cell_size_check = 1; PRAGMA cache_size = -32000");
      const version = versionOf(db);
      const known = MIGRATIONS.at(-1)?.version ?? 0;
      if (version > known) {
        const versions = `version ${version} of the data, this one knows ${known}`;
        throw new StoreError(
          "newer",
          `${file} was written by a newer natter (${versions}): use that natter.`,
        );
      }
      // An older version is brought up by the server that opens it; its definitions are not ours yet.
      if (version === known) compareDefinitions(db, file);
    },
  );
}

function guarded(file: string, open: () => DatabaseSync, prepare: (db: DatabaseSync) => void): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = open();
    prepare(db);
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw toStoreError(error, file);
  }
}

/** A damaged first page can lose or change a table; SQLite would notice only when it is used. */
function compareDefinitions(db: DatabaseSync, file: string): void {
  using model = new DatabaseSync(":memory:");
  migrate(model, ":memory:", "");
  if (definitions(db) !== definitions(model)) throw damagedFile(file);
}

const SQLITE = { corrupt: 11, tooBig: 18, constraint: 19, mismatch: 20, range: 25, notADatabase: 26 };

/** SQLite's primary result code, or undefined where the error is not SQLite's. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

/** What SQLite or the file system threw, in the words of the store. */
export function toStoreError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && "syscall" in error) {
    return new StoreError("unavailable", `${file} cannot be used now: ${reason}.`, { cause: error });
  }
  switch (sqliteCode(error)) {
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return damagedFile(file, error);
    case SQLITE.tooBig:
    case SQLITE.constraint:
    case SQLITE.mismatch:
    case SQLITE.range:
    case undefined:
      return new StoreError("invalid", `The database does not take this: ${reason}.`, { cause: error });
    default:
      return new StoreError("unavailable", `${file} cannot be used now: ${reason}.`, { cause: error });
  }
}

export function damagedFile(file: string, cause?: unknown): StoreError {
  return new StoreError(
    "damaged",
    `${file} is damaged: run "natter check" to see what is wrong, then restore a backup.`,
    { cause },
  );
}
