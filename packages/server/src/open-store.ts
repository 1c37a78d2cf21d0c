import type { Config } from "./config/options.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { StartError } from "./start-error.ts";
import { StoreError } from "./store/errors.ts";
import { openPostgresStore } from "./store/postgres/open.ts";
import { openSqliteStore } from "./store/sqlite/open.ts";
import type { Store } from "./store/store.ts";

const MS_PER_DAY = 86_400_000;

/** @param place where the data is, for people to read: never with a password */
export type OpenedStore = { readonly store: Store; readonly place: string };

/**
 * The store that was asked for: in the data folder, or in PostgreSQL; with the retention that was asked for.
 *
 * @throws {StartError}
 */
export async function openStore({ keepEvents, keepDays, databaseUrl, data }: Config): Promise<OpenedStore> {
  const maxAgeMs = keepDays === undefined ? undefined : keepDays * MS_PER_DAY;
  const retention = { maxEvents: keepEvents, maxAgeMs };
  try {
    if (databaseUrl !== undefined) {
      const store = await openPostgresStore({ url: databaseUrl.href, retention });
      return { store, place: `PostgreSQL at ${databaseUrl.host}${databaseUrl.pathname}` };
    }
    const folder = prepareDataFolder(data);
    return { store: await openSqliteStore({ dataDir: folder, retention }), place: folder };
  } catch (error) {
    throw error instanceof StoreError ? new StartError(error.message) : error;
  }
}
