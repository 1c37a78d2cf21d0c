import type { Config } from "./config/options.ts";
import { StartError } from "./start-error.ts";
import { StoreError } from "./store/errors.ts";
import { openSqliteStore } from "./store/sqlite/open.ts";
import type { Store } from "./store/store.ts";

const MS_PER_DAY = 86_400_000;

/**
 * The store in the data folder, with the retention that was asked for.
 *
 * @throws {StartError}
 */
export async function openStore({ keepEvents, keepDays }: Config, dataDir: string): Promise<Store> {
  const maxAgeMs = keepDays === undefined ? undefined : keepDays * MS_PER_DAY;
  try {
    return await openSqliteStore({ dataDir, retention: { maxEvents: keepEvents, maxAgeMs } });
  } catch (error) {
    throw error instanceof StoreError ? new StartError(error.message) : error;
  }
}
