import pg from "pg";
import { StoreError } from "../errors.ts";
import { ConnectionLost, endsConnection, reasonOf, sqlState } from "./failures.ts";
import { INTRODUCTION, type Introduction, type Statement } from "./statements.ts";

/** The oldest that has what is used here: pg_current_xact_id() and its like. */
const OLDEST_VERSION = 13;
const CONNECT_TIMEOUT_MS = 3_000;
/** Beyond PostgreSQL's own bound of a statement: this one is for a server that does not answer at all. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Nobody waits longer for a server that does not hear the goodbye. */
const GOODBYE_TIMEOUT_MS = 1_000;

/** Numbers up to 2^53 as numbers: seqs, heads and times are checked to be no larger. */
const parsers: Record<number, (text: string) => unknown> = {
  16: (text) => text === "t",
  20: Number,
  21: Number,
  23: Number,
};
const types = { getTypeParser: (oid: number) => parsers[oid] ?? String };

/** Which process of the server a session talks to. A number is used again some day; with its start it is not. */
export interface Backend {
  pid: number;
  started: string;
}

/** One connection, which carries out one statement at a time. */
export interface Session {
  readonly backend: Backend;
  /** Changes when the database is another one: restored into another server, say. */
  readonly system: string;
  /** Changes when a standby has taken over. */
  readonly timeline: string;
  readonly isLost: boolean;
  /** Called when the connection goes, whether or not a statement was under way. */
  onLost: (() => void) | undefined;
  /**
   * Rejects with `ConnectionLost`, after which the session is of no more use, or with what PostgreSQL answered, after which
   * nothing of the statement is left.
   */
  query<Row>(statement: Statement, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

/**
 * Connects, settles how PostgreSQL is to treat the session, and refuses a server that would lose what it acknowledged.
 * Rejects with a `StoreError`.
 */
export async function openSession(url: string, place: string): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "natter",
    keepAlive: true,
    types,
  });
  const socket = (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
  let isLost = false;
  let session: Session | undefined;

  function lose(): void {
    if (isLost) return;
    isLost = true;
    socket.destroy();
    session?.onLost?.();
  }

  async function query<Row>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    const { name, text, timeoutMs = ANSWER_TIMEOUT_MS } = statement;
    if (isLost) throw new ConnectionLost("the connection is gone");
    const timer = setTimeout(lose, timeoutMs);
    try {
      return (await client.query({ name, text, values })).rows as Row[];
    } catch (error) {
      const state = sqlState(error);
      if (state !== undefined && !endsConnection(state)) throw error;
      lose();
      throw new ConnectionLost(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async function end(): Promise<void> {
    const timer = setTimeout(() => socket.destroy(), GOODBYE_TIMEOUT_MS);
    await client.end();
    clearTimeout(timer);
  }

  client.on("error", lose);
  try {
    await client.connect();
    const [introduction] = await query<Introduction>(INTRODUCTION);
    refuseUnsuitable(introduction!, place);
    const { pid, started, system, timeline } = introduction!;
    session = {
      backend: { pid, started },
      system,
      timeline,
      get isLost() {
        return isLost;
      },
      onLost: undefined,
      query,
      end,
    };
    return session;
  } catch (error) {
    isLost = true;
    socket.destroy();
    if (error instanceof StoreError) throw error;
    throw new StoreError("unavailable", `PostgreSQL at ${place} cannot be reached: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

function refuseUnsuitable(server: Introduction, place: string): void {
  const reason = whyUnsuitable(server);
  if (reason !== undefined)
    throw new StoreError("unsuitable", `PostgreSQL at ${place} cannot keep the log: ${reason}.`);
}

function whyUnsuitable({
  version,
  fsync,
  encoding,
  isStandby,
  isReadOnly,
}: Introduction): string | undefined {
  if (version < OLDEST_VERSION * 10_000) {
    return `it is version ${Math.floor(version / 10_000)}, and natter needs ${OLDEST_VERSION} or later`;
  }
  if (fsync !== "on") return "it runs with fsync=off, and would lose messages with its power";
  if (encoding !== "UTF8") return `the database has the encoding ${encoding}, and natter needs UTF8`;
  if (isStandby) return "it is a standby, which only reads: give the address of the primary";
  if (isReadOnly) return "it only reads (default_transaction_read_only)";
  return undefined;
}
