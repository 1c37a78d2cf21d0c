import { after, before, describe } from "node:test";
import { storeContract } from "../contract.ts";
import { openPostgresStore } from "./open.ts";
import { noPostgres, type PostgresServer, startPostgres } from "./testing/server.ts";

describe("PostgreSQL", { skip: noPostgres }, () => {
  let server: PostgresServer;
  let url: string;
  before(async () => {
    server = await startPostgres();
    url = await server.database();
  });
  after(() => server.end());

  storeContract("The store in PostgreSQL", async () => {
    const store = await openPostgresStore({ url });
    return {
      store,
      async end() {
        await store.close();
        await server.empty(url);
      },
    };
  });
});
