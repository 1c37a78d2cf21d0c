import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { LOCK_TIMEOUT_MS, openForWriting, toStoreError } from "./connection.ts";
import type { Outcome, WorkerStart, WriterCall } from "./messages.ts";
import { refuseMoved } from "./moved.ts";
import { SQL } from "./queries.ts";
import { settleWal } from "./wal.ts";
import { prepareWriteCalls, type WriteCalls } from "./write-calls.ts";

/** After a failure the database is opened anew at the next call, but no more often than this. */
const REOPEN_EVERY_MS = 100;
/** A page of history is read in less; a backup takes longer than anybody should wait for it. */
const CHECKPOINT_WAIT_MS = 250;

export interface GroupRunner<Call> {
  readonly epoch: string;
  /** One outcome a call, in their order. Never throws. */
  run(calls: readonly Call[]): Outcome[];
  close(): void;
}

interface OpenWriter {
  db: DatabaseSync;
  calls: WriteCalls;
}

/**
 * The one connection that writes. Each group of calls is one transaction: one fsync for all of them.
 *
 * What a commit that failed left in the WAL must not be trusted. The kernel reports a failed fsync once and
 * may
 * then call those pages clean, so that a second fsync succeeds without writing. Therefore the database is
 * closed, and after it is opened again nothing is answered before a checkpoint has copied the WAL into the
 * database as fresh writes, with an fsync of their own, and emptied it.
 */
export function openWriter({ file, epochIfNew, again }: Pick<WorkerStart, "file" | "epochIfNew" | "again">) {
  let open: OpenWriter | undefined = again ? reopen(file) : openFirst(file, epochIfNew);
  const epoch = readEpoch(open.db);
  let nextTryAt = 0;

  function run(calls: readonly WriterCall[]): Outcome[] {
    try {
      open ??= tryAgain();
    } catch (error) {
      return calls.map(() => failure(error));
    }
    return runGroup(open, calls);
  }

  function tryAgain(): OpenWriter {
    // Not the clock on the wall: set back by an hour, it would keep the store away for an hour.
    if (performance.now() < nextTryAt) throw recovering();
    nextTryAt = performance.now() + REOPEN_EVERY_MS;
    return reopen(file, epoch);
  }

  function runGroup(writer: OpenWriter, calls: readonly WriterCall[]): Outcome[] {
    const { db } = writer;
    let outcomes: Outcome[];
    try {
      db.exec("BEGIN IMMEDIATE");
      outcomes = calls.map((call) => ({ value: writer.calls.run(call) }));
      writer.calls.saveRooms();
    } catch (error) {
      const reason = toStoreError(error, file);
      if (reason.retry || !rolledBack(writer)) return fail(writer, calls, reason);
      // One of them is bad: each gets a transaction of its own, and only the bad one fails.
      if (calls.length === 1) return [failure(reason)];
      return calls.flatMap((call) => run([call]));
    }
    try {
      db.exec("COMMIT");
      return outcomes;
    } catch (error) {
      return fail(writer, calls, toStoreError(error, file));
    }
  }

  /** Nobody knows what the disk has of this group. */
  function fail({ db }: OpenWriter, calls: readonly WriterCall[], reason: StoreError): Outcome[] {
    open = undefined;
    try {
      db.close();
    } catch {
      // Closing what just failed may fail; the connection is given up either way.
    }
    const error = reason.code === "damaged" ? reason : new StoreError("unavailable", reason.message);
    return calls.map(() => failure(error));
  }

  return {
    epoch,
    run,
    close: () => open?.db.close(),
  } satisfies GroupRunner<WriterCall>;
}

function openFirst(file: string, epochIfNew: string): OpenWriter {
  settleWal(file);
  const db = openForWriting(file, epochIfNew);
  try {
    refuseMoved(db, file);
  } catch (error) {
    db.close();
    throw error;
  }
  // Not waited for: a backup may be reading, and the WAL that was there has had its fsync.
  checkpoint(db);
  return { db, calls: prepareWriteCalls(db) };
}

/** `epoch`: what it must still have, where the caller knows. */
function reopen(file: string, epoch?: string): OpenWriter {
  if (!existsSync(file)) throw new StoreError("unavailable", `${file} is gone.`);
  const db = openForWriting(file, "");
  try {
    if (epoch !== undefined && readEpoch(db) !== epoch) {
      throw new StoreError("damaged", `${file} was replaced while the server ran: start the server again.`);
    }
    if (!checkpoint(db)) throw recovering();
    return { db, calls: prepareWriteCalls(db) };
  } catch (error) {
    db.close();
    throw toStoreError(error, file);
  }
}

/**
 * Whether all of the WAL is now in the database, on disk. Waits for other connections' reads, but not long.
 */
function checkpoint(db: DatabaseSync): boolean {
  db.exec(`PRAGMA busy_timeout = ${CHECKPOINT_WAIT_MS}`);
  const done = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0;
  db.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`);
  return done;
}

export function readEpoch(db: DatabaseSync): string {
  const epoch = db.prepare(SQL.epoch).get()?.value;
  if (typeof epoch === "string" && epoch !== "") return epoch;
  throw new StoreError(
    "damaged",
    `The database has lost its epoch: run "natter check", then restore a backup.`,
  );
}

function rolledBack({ db, calls }: OpenWriter): boolean {
  calls.forget();
  try {
    if (db.isTransaction) db.exec("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

export function failure(error: unknown): Outcome {
  const { code, message } = toStoreError(error, "The database");
  return { failed: code, message };
}

function recovering(): StoreError {
  return new StoreError("unavailable", "The store is recovering from a failed write.");
}
