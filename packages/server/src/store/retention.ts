import type { Retention, Store } from "./store.ts";

/**
 * The store, with a retention applied to it at once and then every so many ms, never twice at a time.
 *
 * @param isOurTurn whether this node does it now, where several share the log. Default: always.
 */
export function withRetention(
  store: Store,
  retention: Retention,
  everyMs: number,
  isOurTurn?: () => Promise<boolean>,
): Store {
  if (retention.maxEvents === undefined && retention.maxAgeMs === undefined) return store;
  let isTrimming = false;

  async function trimInTurn(): Promise<void> {
    if (isTrimming) return;
    isTrimming = true;
    try {
      if (isOurTurn === undefined || (await isOurTurn())) await store.trim(retention);
    } finally {
      isTrimming = false;
    }
  }

  // A store that fails shows itself in appends; retention comes round again.
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
