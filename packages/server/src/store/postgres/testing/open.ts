import type { TestContext } from "node:test";
import type { Store } from "../../store.ts";
import { openPostgresStore, type PostgresStoreOptions } from "../open.ts";

/** What a call waits on a machine that does much else, unless the test is about it. */
const PATIENCE_MS = 60_000;

/** Stores on one database, as so many nodes have them; closed after the test. */
export async function openNodes(
  t: Pick<TestContext, "after">,
  count: number,
  options: PostgresStoreOptions,
): Promise<Store[]> {
  const stores = await Promise.all(
    Array.from({ length: count }, () => openPostgresStore({ patienceMs: PATIENCE_MS, ...options })),
  );
  t.after(() => Promise.all(stores.map((store) => store.close())));
  return stores;
}
