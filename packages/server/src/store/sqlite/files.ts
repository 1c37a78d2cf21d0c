import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StoreError } from "../errors.ts";

// Nothing of this process may open the database with `fs` while SQLite has it open: closing that
// descriptor would drop SQLite's locks (POSIX ties them to the process, not to the descriptor).

export function databaseFile(dataDir: string): string {
  return join(dataDir, "natter.db");
}

export function lockFile(dataDir: string): string {
  return join(dataDir, "natter.lock");
}

/** Creates the folder where it is missing, for its owner only, so that it survives a power loss. */
export function makeDataDir(dataDir: string): void {
  if (existsSync(dataDir)) return;
  try {
    const first = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    for (let made = resolve(dataDir); first !== undefined; made = dirname(made)) {
      syncDir(dirname(made));
      if (made === resolve(first) || made === dirname(made)) return;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError("unavailable", `The data folder ${dataDir} cannot be made: ${reason}.`, {
      cause: error,
    });
  }
}

/** A new name in a folder is durable only once the folder is. */
export function syncDir(dir: string): void {
  // Windows does not open folders, and writes their entries with the file.
  if (process.platform === "win32") return;
  syncFile(dir, "r");
}

export function syncFile(file: string, flags: "r" | "r+" = "r+"): void {
  const fd = openSync(file, flags);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
