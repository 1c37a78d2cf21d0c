/**
 * The embedded store: SQLite, one file in one folder. A call's way through this folder:
 *
 *   open.ts        the Store: checks, packs, unpacks
 *   channel.ts     queues calls and sends them to a worker in groups (messages.ts: what crosses)
 *   worker.ts      the body of both threads
 *   writer.ts      one group is one transaction; what happens when it fails (write-calls.ts: what it does)
 *   reader.ts      pages of history, heads and lists
 *
 * Beside it: connection.ts (how a database is opened), schema.ts, queries.ts, row.ts, room-key.ts, unread.ts,
 * wal.ts (what SQLite would overlook after a crash), lock.ts, files.ts; and what an operator runs: backup.ts
 * and check.ts.
 */
import { newEpoch } from "../epoch.ts";
import {
  checkDrafts,
  checkFind,
  checkHeads,
  checkName,
  checkRange,
  checkRetention,
  checkRoomsPage,
  checkSeq,
  eventOf,
} from "../input.ts";
import { withRetention } from "../retention.ts";
import type { Appended, Draft, Found, Retention, Store } from "../store.ts";
import { type Channel, isClosed, openChannel } from "./channel.ts";
import { databaseFile, makeDataDir } from "./files.ts";
import { lockData } from "./lock.ts";
import type { Known, ReaderCall, ReaderResults, WriterCall, WriterResults } from "./messages.ts";
import { packDrafts } from "./messages.ts";
import { toEvent } from "./row.ts";

/** Drafts in one transaction: at 100,000 a second, a group this full is done in about 20 ms. */
const MAX_GROUP_DRAFTS = 2000;
/** Drafts that may wait for a disk that stands still. */
const MAX_WAITING_DRAFTS = 50_000;
/** A read is short, and the others of its group wait for it. */
const MAX_GROUP_READS = 16;
const MAX_WAITING_READS = 50_000;
/** What a step of trimming costs, in drafts: a group takes one step and still many appends. */
const TRIM_WEIGHT = 1000;

export interface SqliteStoreOptions {
  /** Made if it is missing. One server at a time. */
  dataDir: string;
  /** Default: everything is kept for ever. */
  retention?: Retention;
  /** How often retention is applied, in milliseconds. Default: a minute. */
  trimEveryMs?: number;
}

type Writer = Channel<WriterCall, WriterResults>;
type Reader = Channel<ReaderCall, ReaderResults>;

/**
 * Takes as long as reading what the last run left in the WAL, whatever the size of the log. Rejects with
 * `locked`, `newer`, `damaged` or `unavailable` (the folder cannot be written), one sentence each.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { dataDir, retention = {}, trimEveryMs = 60_000 } = options;
  checkRetention(retention);
  makeDataDir(dataDir);
  const lock = lockData(dataDir);
  let writer: Writer | undefined;
  try {
    const start = { file: databaseFile(dataDir), epochIfNew: newEpoch() };
    writer = await openChannel<WriterCall, WriterResults>({
      start: { ...start, role: "writer" },
      maxGroupWeight: MAX_GROUP_DRAFTS,
      maxWaitingWeight: MAX_WAITING_DRAFTS,
    });
    const reader: Reader = await openChannel<ReaderCall, ReaderResults>({
      start: { ...start, role: "reader" },
      maxGroupWeight: MAX_GROUP_READS,
      maxWaitingWeight: MAX_WAITING_READS,
      // Nobody waits for a page any more, and thousands of them would hold up the end of the server.
      dropsOnClose: true,
    });
    return withRetention(createStore(writer, reader, lock.release), retention, trimEveryMs);
  } catch (error) {
    await writer?.close();
    lock.release();
    throw error;
  }
}

export function createStore(writer: Writer, reader: Reader, release: () => void): Store {
  let closed: Promise<void> | undefined;
  let numbers = 0;

  function refuseIfClosed(): void {
    if (closed !== undefined) throw isClosed();
  }

  async function closeAll(): Promise<void> {
    // The writer last: the last connection to go, if it may write, leaves a database without a WAL.
    await writer.close(reader.close());
    release();
  }

  return {
    epoch: writer.epoch,

    server: () => "",

    async head(room) {
      checkName("room", room);
      return reader.send({ call: "head", room });
    },

    async heads(rooms) {
      checkHeads(rooms);
      const range = { before: Number.MAX_SAFE_INTEGER, limit: 1 };
      const found = await Promise.all(rooms.map((room) => this.read(room, range)));
      return found.map(({ head, events }) => ({ head, last: events[0]?.id }));
    },

    async append(room, given) {
      const drafts = checkDrafts(room, given);
      if (drafts.length === 0) return [];
      const call = { call: "append", room, drafts: packDrafts(drafts) } as const;
      return toAppended(room, drafts, await writer.send(call, drafts.length));
    },

    async read(room, asked) {
      checkName("room", room);
      const { head, first, rows } = await reader.send({ call: "read", room, range: checkRange(asked) });
      return { head, first, events: rows.map((row) => toEvent(room, row)) };
    },

    async find(room, sender, ids) {
      checkFind(room, sender, ids);
      const found = await writer.send({ call: "find", room, sender, ids });
      return found.map((known, i) => known && toFound(room, sender, ids[i]!, known));
    },

    async joinRoom(person, room, most = Number.MAX_SAFE_INTEGER) {
      checkName("person", person);
      checkName("room", room);
      return writer.send({ call: "join", person, room, most });
    },

    async leaveRoom(person, room) {
      checkName("person", person);
      checkName("room", room);
      return writer.send({ call: "leave", person, room });
    },

    async markRead(person, room, seq) {
      checkName("person", person);
      checkName("room", room);
      checkSeq("seq", seq);
      return writer.send({ call: "mark", person, room, seq });
    },

    async rooms(person, page = {}) {
      checkName("person", person);
      const found = await reader.send({ call: "rooms", person, ...checkRoomsPage(page) });
      return found.map(([room, head, read, unread]) => ({ room, head, read, unread }));
    },

    async takeNumber() {
      refuseIfClosed();
      numbers += 1;
      return numbers;
    },

    async changes() {
      refuseIfClosed();
      return { mark: "", rooms: [] };
    },

    async trim(retention, now = Date.now()) {
      checkRetention(retention);
      let removed = 0;
      for (let after: number | undefined = -1; after !== undefined; ) {
        const step: WriterResults["trim"] = await writer.send(
          { call: "trim", retention, now, after },
          TRIM_WEIGHT,
        );
        removed += step.removed;
        after = step.after;
      }
      return removed;
    },

    async probe() {
      await writer.send({ call: "probe" });
    },

    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

function toAppended(room: string, drafts: readonly Draft[], result: WriterResults["append"]): Appended[] {
  return drafts.map((draft, i) => {
    const fate = typeof result === "number" ? result + i : result[i]!;
    if (typeof fate === "number") return { event: eventOf(room, fate, draft), again: false, trimmed: false };
    return { ...toFound(room, draft.from.id, draft.id, fate), again: true };
  });
}

function toFound(room: string, sender: string, id: string, known: Known): Found {
  if ("row" in known) return { event: toEvent(room, known.row), trimmed: false };
  return { event: { room, seq: known.trimmed, id, from: { id: sender } }, trimmed: true };
}
