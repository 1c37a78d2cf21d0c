import type { Retention, Store } from "../store.ts";
import type { Database } from "./database.ts";
import { SQL } from "./statements.ts";

/** The store, and retention applied to it now and then: by whichever node finds that it is time. */
export function withRetention(
  store: Store,
  database: Database,
  retention: Retention,
  everyMs: number,
): Store {
  if (retention.maxEvents === undefined && retention.maxAgeMs === undefined) return store;
  let isTrimming = false;

  async function trimInTurn(): Promise<void> {
    if (isTrimming) return;
    isTrimming = true;
    try {
      const claimed = await database.run(SQL.claimTrim, [everyMs]);
      if (claimed.length > 0) await store.trim(retention);
    } finally {
      isTrimming = false;
    }
  }

  // A failing server shows itself in appends; retention comes round again.
  const trim = (): void => void trimInTurn().catch(() => {});
  trim(); // what became too old while nobody served it
  const timer = setInterval(trim, everyMs);
  return {
    ...store,
    close() {
      clearInterval(timer);
      return store.close();
    },
  };
}
