import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";

/** Where the log is now, if it was moved: in words, without a password. */
export function movedTo(db: DatabaseSync): string | undefined {
  return db.prepare("SELECT value FROM meta WHERE key = 'moved'").get()?.value as string | undefined;
}

/** In one commit, on disk when it returns. `undefined`: it was not moved after all. */
export function markMoved(db: DatabaseSync, place: string | undefined): void {
  if (place === undefined) db.prepare("DELETE FROM meta WHERE key = 'moved'").run();
  else db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('moved', ?)").run(place);
}

/** Served again, it would go on with seqs that name other events where it was moved to. */
export function refuseMoved(db: DatabaseSync, file: string): void {
  const place = movedTo(db);
  if (place === undefined) return;
  throw new StoreError(
    "moved",
    `${file} was moved to PostgreSQL at ${place}: start natter with --database-url, or give another data folder.`,
  );
}
