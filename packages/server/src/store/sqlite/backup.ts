import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { backup as copyPages } from "node:sqlite";
import { newEpoch } from "../epoch.ts";
import { StoreError } from "../errors.ts";
import { checkFile } from "./check.ts";
import { openForReading, openForWriting, toStoreError } from "./connection.ts";
import { databaseFile, lockFile, makeDataDir, syncDir, syncFile } from "./files.ts";
import { lockData } from "./lock.ts";
import { markMoved } from "./moved.ts";

/** Pages copied before other work of this process gets its turn: 1 MB. */
const PAGES_A_STEP = 250;

/**
 * Copies the data of a running (or stopped) server into one file: the state of one moment, with everything
 * acknowledged before the call. Appends go on meanwhile; the WAL grows until the copy is done. `file`
 * appears,
 * complete and on disk, or not at all. Throws `exists` rather than overwrite.
 */
export async function backup(dataDir: string, file: string): Promise<void> {
  const source = databaseFile(dataDir);
  if (!existsSync(source)) throw new StoreError("invalid", `${dataDir} has no data to back up.`);
  if (existsSync(file)) throw new StoreError("exists", `${file} exists: remove it, or give another name.`);
  const partial = `${file}.partial`;
  removeDatabase(partial);
  try {
    using db = openForReading(source);
    // A copy starts again with every commit it sees; inside a transaction of its own it sees none.
    db.exec("BEGIN; SELECT count(*) FROM meta");
    await copyPages(db, partial, { rate: PAGES_A_STEP });
    syncFile(partial);
    renameSync(partial, file);
    syncDir(dirname(resolve(file)));
  } catch (error) {
    removeDatabase(partial);
    throw toStoreError(error, file);
  }
}

/**
 * Makes a data folder from a backup and resolves to its epoch, which is a new one: what was said after the
 * backup is gone, and clients that saw it are told so. The copy is checked before it takes its place.
 * Throws `exists` when the folder holds anything, `damaged`, `newer`, `locked`.
 */
export async function restore(file: string, dataDir: string): Promise<{ epoch: string }> {
  if (!existsSync(file)) throw new StoreError("invalid", `There is no backup ${file}.`);
  makeDataDir(dataDir);
  const lock = lockData(dataDir);
  const target = databaseFile(dataDir);
  const partial = `${target}.partial`;
  try {
    removeDatabase(partial);
    refuseUnlessEmpty(dataDir);
    copyFileSync(file, partial);
    const epoch = newEpoch();
    giveEpoch(partial, epoch);
    const { ok, verdict } = checkFile(partial);
    if (!ok)
      throw new StoreError("damaged", `The backup ${file} is not sound (${verdict}): restore another.`);
    syncFile(partial);
    renameSync(partial, target);
    syncDir(dataDir);
    return { epoch };
  } catch (error) {
    throw toStoreError(error, file);
  } finally {
    removeDatabase(partial);
    lock.release();
  }
}

function refuseUnlessEmpty(dataDir: string): void {
  const others = readdirSync(dataDir).filter((name) => name !== basename(lockFile(dataDir)));
  if (others.length === 0) return;
  throw new StoreError(
    "exists",
    `The data folder ${dataDir} is not empty: move it away first, or restore into another folder.`,
  );
}

/** Brings an old backup up to this version as well. Closing the only connection leaves no WAL behind. */
function giveEpoch(file: string, epoch: string): void {
  using db = openForWriting(file, epoch);
  db.prepare("UPDATE meta SET value = ? WHERE key = 'epoch'").run(epoch);
  // What is served from a backup is a log of its own.
  markMoved(db, undefined);
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true });
}
