import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { draft, failsWith } from "../contract.ts";
import { StoreError } from "../errors.ts";
import { openPostgresStore } from "./open.ts";
import { noPostgres, type PostgresServer, query, startPostgres } from "./testing/server.ts";

describe("A PostgreSQL that cannot keep the log", { skip: noPostgres }, () => {
  let server: PostgresServer;
  let url: string;
  before(async () => {
    server = await startPostgres();
    url = await server.database();
  });
  after(() => server.end());

  /** One sentence with this in it, and nowhere the password. */
  async function refused(address: string, code: string, says: RegExp): Promise<void> {
    await assert.rejects(openPostgresStore({ url: address, patienceMs: 500 }), (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, /^[A-Z][^\n]+\.$/);
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }

  test("what is no address of PostgreSQL is refused without trying", async () => {
    for (const address of ["", "localhost", "mysql://ada:secret@host/db", "postgres://ada:secret@"]) {
      await refused(address, "invalid", /must look like postgres:\/\//);
    }
  });

  test("a server that is not there, or does not let one in, is unavailable", async () => {
    await refused(
      "postgres://ada:secret@127.0.0.1:1/natter",
      "unavailable",
      /127\.0\.0\.1:1\/natter .*ECONNREFUSED/,
    );
    await refused("postgres://ada:secret@localhost:1", "unavailable", /localhost:1 .*ECONNREFUSED/);
    await refused(
      "postgres://ada:secret@no-such-host.invalid/x",
      "unavailable",
      /no-such-host\.invalid:5432/,
    );
    await refused(url.replace(/test_\d+/, "nowhere"), "unavailable", /database "nowhere" does not exist/);
    await refused(url.replace("natter:", "ada:"), "unavailable", /role "ada" does not exist/);
  });

  test("a database that may only be read is unsuitable, and so is one in another encoding", async () => {
    const readOnly = await server.database();
    await query(readOnly, "ALTER DATABASE test_2 SET default_transaction_read_only = on");
    await refused(readOnly, "unsuitable", /only reads/);
    await query(url, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    await refused(url.replace(/test_\d+/, "latin"), "unsuitable", /encoding LATIN1/);
  });

  test("P1 a server that does not sync, or is a standby, is unsuitable, and used no more by those who knew it before", async () => {
    const own = await startPostgres();
    try {
      const empty = await own.database();
      const store = await openPostgresStore({ url: await own.database(), patienceMs: 300 });
      await store.append("lobby", [draft("a")]);

      await own.restart({ fsync: "off" });
      await refused(empty, "unsuitable", /fsync=off/);
      assert.deepEqual(await query(empty, "SELECT FROM pg_namespace WHERE nspname = 'natter'"), []);
      // Once it has been asked: a machine that does much else takes longer to connect than a call is patient.
      for (let message = ""; !/fsync=off/.test(message); ) {
        await assert.rejects(store.append("lobby", [draft("b")]), (error: Error) => {
          message = error.message;
          return failsWith("unavailable")(error);
        });
      }

      await own.restart({ fsync: "on" }, { standby: true });
      await refused(empty, "unsuitable", /standby/);
      await assert.rejects(store.append("lobby", [draft("b")]), failsWith("unavailable"));
      assert.deepEqual(await store.close(), undefined);
    } finally {
      await own.end();
    }
  });

  test("P5 a standby that has taken over is another server, of which a mark of the one before tells nothing", async (t) => {
    const own = await startPostgres();
    t.after(() => own.end());
    const database = await own.database();
    const store = await openPostgresStore({ url: database, patienceMs: 10_000 });
    t.after(() => store.close());
    await store.append("lobby", [draft("a")]);
    const [before, { mark }] = [store.server(), await store.changes()];
    assert.deepEqual((await store.changes(mark)).rooms, []);
    await own.restart({}, { standby: true });
    await query(database, "SELECT pg_promote()");
    const next = await store.changes(mark);
    assert.notEqual(store.server(), before);
    assert.equal(next.rooms, undefined);
    assert.deepEqual(await store.heads(["lobby"]), [{ head: 1, last: "a" }]);
    assert.deepEqual((await store.changes(next.mark)).rooms, []);
  });

  test("P1 what the server's settings would weaken is settled for the session", async () => {
    const database = await server.database();
    const name = new URL(database).pathname.slice(1);
    for (const setting of ["synchronous_commit = off", "default_transaction_isolation = 'serializable'"]) {
      await query(database, `ALTER DATABASE ${name} SET ${setting}`);
    }
    await query(database, `CREATE SCHEMA spy; CREATE TABLE spy.settings (commit text, isolation text);`);
    const store = await openPostgresStore({ url: database });
    await query(
      database,
      `CREATE FUNCTION spy.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO spy.settings SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation');
         RETURN NULL; END $$;
       CREATE TRIGGER note AFTER INSERT ON natter.events FOR EACH ROW EXECUTE FUNCTION spy.note()`,
    );
    await store.append("lobby", [draft("a")]);
    await store.close();
    assert.deepEqual(await query(database, "SELECT * FROM spy.settings"), [
      { commit: "on", isolation: "read committed" },
    ]);
  });
});
