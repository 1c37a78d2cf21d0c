import { setTimeout as pause } from "node:timers/promises";
import { StoreError } from "../errors.ts";
import { toStoreError } from "../postgres/failures.ts";
import { migrate } from "../postgres/migrate.ts";
import { openSession, type Session } from "../postgres/session.ts";
import { fromStored, toStored } from "../postgres/text.ts";
import type { Member, MovedEvent, MovedRoom } from "./rows.ts";

/** An index that is checked for a thousand rows, on a disk that is slow. */
const TIMEOUT_MS = 600_000;
const PAGE = 1_000;
/** Until whoever still uses the database is taken for one that stays. */
const OTHERS_MS = 2_000;

/** A PostgreSQL that takes a log over: in one transaction, so all of it or nothing. */
export interface Target {
  /** Empty but for its schema; the transaction has begun and keeps everybody else out. */
  readonly isEmpty: boolean;
  readonly epoch: string;
  /** Resolves to the room's key here. */
  addRoom(room: MovedRoom): Promise<number>;
  addEvents(key: number, events: readonly MovedEvent[]): Promise<void>;
  addMembers(members: readonly Member[]): Promise<void>;
  events(key: number): AsyncIterable<MovedEvent>;
  members(): AsyncIterable<Member>;
  countRooms(): Promise<number>;
  setEpoch(epoch: string): Promise<void>;
  /** Rejects with `ConnectionLost` where nobody knows whether it was carried out. */
  commit(): Promise<void>;
  /** Ends the transaction, if it is under way, and the connection. */
  close(): Promise<void>;
}

/** Throws `unavailable`, `unsuitable` or `newer`, and `locked` where nodes run on it. */
export async function openTarget(url: string, place: string, epochIfNew: string): Promise<Target> {
  const session = await openSession(url, place);
  try {
    await migrate(session, place, epochIfNew);
    return await begin(session, place);
  } catch (error) {
    await session.end();
    throw toStoreError(error, place);
  }
}

async function begin(session: Session, place: string): Promise<Target> {
  const run: Run = <Row>(text: string, values?: unknown[]) =>
    session.query<Row>({ text, timeoutMs: TIMEOUT_MS }, values);
  await keepOthersOut(run, place);
  const [found] = await run<{ epoch: string; isEmpty: boolean }>(
    `SELECT value AS epoch,
       NOT EXISTS (SELECT FROM natter.rooms) AND NOT EXISTS (SELECT FROM natter.members) AS "isEmpty"
     FROM natter.meta WHERE key = 'epoch'`,
  );

  return {
    ...found!,

    async addRoom({ name, head, first, messages }) {
      const [row] = await run<{ room: number }>(
        `WITH made AS (
           INSERT INTO natter.rooms (name, head, first, messages) VALUES ($1, $2, $3, $4) RETURNING room, changed
         )
         INSERT INTO natter.changes (changed, room) SELECT changed, room FROM made RETURNING room`,
        [toStored(name), head, first, messages],
      );
      return row!.room;
    },

    async addEvents(key, events) {
      const rows = events.map(([seq, messages, kind, id, sender, at, name, plain, text]) => [
        seq,
        messages,
        kind,
        toStored(id),
        toStored(sender),
        at,
        name && toStored(name),
        plain,
        text === null ? null : Buffer.byteLength(text),
        text && toStored(text),
      ]);
      await run(
        `INSERT INTO natter.events (room, seq, messages, kind, id, sender, at, name, plain, bytes, text)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[],
           $8::text[], $9::boolean[], $10::integer[], $11::text[])`,
        [key, ...columnsOf(rows, 10)],
      );
    },

    async addMembers(members) {
      const rows = members.map(({ person, room, read }) => [toStored(person), toStored(room), read]);
      await run(
        "INSERT INTO natter.members (person, room, read) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])",
        columnsOf(rows, 3),
      );
    },

    async *events(key) {
      for (let after = 0; ; ) {
        const rows = await run<Record<"id" | "sender" | "kind", string> & StoredColumns>(
          `SELECT seq, messages, kind, id, sender, at, name, plain, text FROM natter.events
           WHERE room = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE}`,
          [key, after],
        );
        for (const { seq, messages, kind, id, sender, at, name, plain, text } of rows) {
          yield [
            seq,
            messages,
            kind,
            fromStored(id),
            fromStored(sender),
            at,
            name && fromStored(name),
            plain,
            text && fromStored(text),
          ];
          after = seq;
        }
        if (rows.length < PAGE) return;
      }
    },

    async *members() {
      for (let after = ["", ""]; ; ) {
        const rows = await run<Member>(
          `SELECT person, room, read FROM natter.members WHERE (person, room) > ($1, $2)
           ORDER BY person, room LIMIT ${PAGE}`,
          after,
        );
        for (const { person, room, read } of rows) {
          yield { person: fromStored(person), room: fromStored(room), read };
          after = [person, room];
        }
        if (rows.length < PAGE) return;
      }
    },

    async countRooms() {
      return (await run<{ count: number }>("SELECT count(*) AS count FROM natter.rooms"))[0]!.count;
    },

    async setEpoch(epoch) {
      await run("UPDATE natter.meta SET value = $1 WHERE key = 'epoch'", [epoch]);
    },

    async commit() {
      await run("COMMIT");
    },

    async close() {
      // A transaction that is not committed ends with its connection.
      await session.end();
    },
  };
}

type Run = <Row>(text: string, values?: unknown[]) => Promise<Row[]>;

/** Begins the transaction. Whom an earlier move left behind, when it was cut off, is given time to go. */
async function keepOthersOut(run: Run, place: string): Promise<void> {
  for (const deadline = performance.now() + OTHERS_MS; ; ) {
    await run("BEGIN");
    await run("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
    await run("LOCK TABLE natter.rooms, natter.changes, natter.events, natter.members IN EXCLUSIVE MODE");
    const others = await run(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'natter' AND pid <> pg_backend_pid()`,
    );
    if (others.length === 0) return;
    await run("ROLLBACK");
    if (performance.now() > deadline) {
      throw new StoreError(
        "locked",
        `Another natter uses the database at ${place}: stop it, or give another database.`,
      );
    }
    await pause(100);
  }
}

interface StoredColumns {
  seq: number;
  messages: number;
  at: number | null;
  name: string | null;
  plain: boolean | null;
  text: string | null;
}

function columnsOf(rows: readonly unknown[][], count: number): unknown[][] {
  return Array.from({ length: count }, (_, column) => rows.map((row) => row[column]));
}
