/**
 * The store that several nodes share: PostgreSQL, 13 or later. A call's way through this folder:
 *
 *   open.ts        opens the database and brings its schema up (migrate.ts, schema.ts)
 *   store.ts       the Store: checks, packs, unpacks (rows.ts, text.ts)
 *   appends.ts     queues appends by room and sends them in groups (call.ts: which go together; drafts.ts: how they are packed)
 *   database.ts    carries statements out (statements.ts), and again where a connection was lost (failures.ts)
 *   pool.ts        a few sessions
 *   session.ts     one connection: how PostgreSQL is to treat it, and which server is refused
 *
 * What a transaction does is written in schema.ts.
 */
import { newEpoch } from "../epoch.ts";
import { StoreError } from "../errors.ts";
import { checkRetention } from "../input.ts";
import { withRetention } from "../retention.ts";
import type { Retention, Store } from "../store.ts";
import { placeOf } from "./address.ts";
import { Appends } from "./appends.ts";
import { Database } from "./database.ts";
import { toStoreError } from "./failures.ts";
import { migrate } from "./migrate.ts";
import { type OpenSession, Pool } from "./pool.ts";
import { openSession, type Session } from "./session.ts";
import { SQL } from "./statements.ts";
import { createStore } from "./store.ts";

export interface PostgresStoreOptions {
  /** postgres://user:password@host:5432/database, with what PostgreSQL's own programs take behind a "?". */
  url: string;
  /** Default: everything is kept for ever. */
  retention?: Retention;
  /** How often retention is applied, in milliseconds, by one of the nodes. Default: a minute. */
  trimEveryMs?: number;
  /** Connections, 2 at least: one is never used by appends. Default: 4. */
  poolSize?: number;
  /** How long a call waits for a server that is away, in milliseconds, before it is `unavailable`. Default: 5 s. */
  patienceMs?: number;
}

/**
 * Makes a schema `natter` in the database unless there is one. Rejects with `unavailable` (it cannot be reached),
 * `unsuitable` (an old version, a standby, fsync=off), `newer` or `invalid` (the url), one sentence each, without the
 * password.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, retention = {}, trimEveryMs = 60_000, poolSize = 4, patienceMs = 5_000 } = options;
  checkRetention(retention);
  const place = placeOf(url);
  const first = await openSession(url, place);
  const epoch = await migrateOrEnd(first, place);
  const open: OpenSession = async () => {
    const session = await openSession(url, place).catch(itMayChange);
    await refuseOther(session, place, { epoch, system: first.system });
    return session;
  };
  const size = Math.max(2, poolSize);
  const pool = new Pool({ first, open, size });
  const database = new Database({ pool, place, patienceMs });
  const store = createStore({ epoch, database, appends: new Appends(database, size - 1), pool });
  // By whichever node finds that it is time.
  const isOurTurn = async (): Promise<boolean> =>
    (await database.run(SQL.claimTrim, [trimEveryMs])).length > 0;
  return withRetention(store, retention, trimEveryMs, isOurTurn);
}

async function migrateOrEnd(session: Session, place: string): Promise<string> {
  try {
    return await migrate(session, place, newEpoch());
  } catch (error) {
    await session.end();
    throw toStoreError(error, place);
  }
}

/** A server that was fit once is so again some day: after a failover, say. */
function itMayChange(error: StoreError): never {
  throw error.code === "unsuitable" ? new StoreError("unavailable", error.message) : error;
}

/** Behind the same address there may be another database since, with other events under the same seqs. */
async function refuseOther(
  session: Session,
  place: string,
  known: { epoch: string; system: string },
): Promise<void> {
  let epoch: string | undefined;
  try {
    epoch = (await session.query<{ value: string }>(SQL.epoch))[0]?.value;
  } catch (error) {
    await session.end();
    throw toStoreError(error, place);
  }
  if (epoch === known.epoch && session.system === known.system) return;
  await session.end();
  throw new StoreError(
    "damaged",
    `The database at ${place} was replaced while natter ran: start natter again.`,
  );
}
