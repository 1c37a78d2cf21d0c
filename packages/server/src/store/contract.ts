import { describe, test } from "node:test";
import { appendContract } from "./contract/append.ts";
import { lifeContract } from "./contract/life.ts";
import { peopleContract } from "./contract/people.ts";
import { readContract } from "./contract/read.ts";
import { retentionContract } from "./contract/retention.ts";
import type { StoreTest } from "./contract/support.ts";
import type { Store } from "./store.ts";

export { draft, drafts, failsWith } from "./contract/support.ts";

/** What a suite needs of a store: a fresh one for each test, and an end for what it left. */
export interface OpenedStore {
  store: Store;
  /** Closes the store and removes its files. */
  end(): Promise<void>;
}

/**
 * What every store must do, in memory, in a file or on another machine. Titles cite the promises P1 to P9.
 */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  const storeTest: StoreTest = (title, run) => {
    test(title, async () => {
      const { store, end } = await open();
      try {
        await run(store);
      } finally {
        await end();
      }
    });
  };
  describe(`${name} keeps the contract of a store`, () => {
    appendContract(storeTest);
    readContract(storeTest);
    retentionContract(storeTest);
    peopleContract(storeTest);
    lifeContract(storeTest);
  });
}
