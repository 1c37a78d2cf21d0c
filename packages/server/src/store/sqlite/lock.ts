import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { toStoreError } from "./connection.ts";
import { lockFile } from "./files.ts";

export interface DataLock {
  release(): void;
}

/**
 * Takes the data folder for this process until `release` or its end: the kernel frees the lock of a process
 * that was killed, so there is nothing to clean up. It is SQLite's own lock, on a file that stays empty,
 * because Node has no locks on files of its own. Throws `locked`.
 */
export function lockData(dataDir: string): DataLock {
  const file = lockFile(dataDir);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    // Nothing is ever written, so there is nothing a journal could be for.
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    if (db?.isOpen) db.close();
    if (isBusy(error)) {
      throw new StoreError(
        "locked",
        `Another natter uses the data folder ${dataDir}: stop it, or give another folder.`,
      );
    }
    throw toStoreError(error, file);
  }
  const held = db;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && Number(error.errcode) === 5;
}
