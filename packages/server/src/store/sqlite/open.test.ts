import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "../contract.ts";
import { openSqliteStore } from "./open.ts";

storeContract("The store in SQLite", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "natter-store-"));
  const store = await openSqliteStore({ dataDir });
  return {
    store,
    async end() {
      await store.close();
      await rm(dataDir, { recursive: true });
    },
  };
});
