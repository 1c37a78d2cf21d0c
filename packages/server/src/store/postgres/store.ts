import { StoreError } from "../errors.ts";
import {
  checkDrafts,
  checkFind,
  checkHeads,
  checkName,
  checkRange,
  checkRetention,
  checkRoomsPage,
  checkSeq,
} from "../input.ts";
import {
  type Found,
  type Joined,
  MAX_CHANGES,
  type PersonRoom,
  type ReadPosition,
  type RoomHead,
  type Store,
  type StoredEvent,
} from "../store.ts";
import type { Appends } from "./appends.ts";
import type { Database } from "./database.ts";
import type { Pool } from "./pool.ts";
import { type EventRow, toEvent } from "./rows.ts";
import { SQL } from "./statements.ts";
import { fromStored, toStored } from "./text.ts";

/** Events removed in one step: some milliseconds, for which appends to that room wait. */
const TRIM_STEP = 500;
/** What `changes` gives: the server's timeline, and the transactions that were under way, as PostgreSQL writes them. */
const MARK = /^([0-9A-F]{8}) (\d{1,20}:\d{1,20}:[\d,]*)$/;

type TrimStep = { removed: number; next: number | null };
type StoredRow = EventRow & { id: string; sender: string };

export function createStore(of: { epoch: string; database: Database; appends: Appends; pool: Pool }): Store {
  const { epoch, database, appends, pool } = of;
  let closed: Promise<void> | undefined;

  async function run<Row>(...call: Parameters<Database["run"]>): Promise<Row[]> {
    refuseIfClosed();
    return database.run<Row>(...call);
  }

  function refuseIfClosed(): void {
    if (closed !== undefined) throw new StoreError("closed", "The store is closed.");
  }

  async function closeAll(): Promise<void> {
    await appends.end();
    await pool.close();
  }

  return {
    epoch,

    server: () => pool.timeline,

    async head(room) {
      checkName("room", room);
      const [row] = await run<RoomHead>(SQL.head, [toStored(room)]);
      return row ?? { head: 0, first: 1 };
    },

    async heads(rooms) {
      checkHeads(rooms);
      const stored = rooms.map(toStored);
      const rows = await run<{ name: string; head: number; last: string }>(SQL.heads, [stored]);
      const byName = new Map(
        rows.map(({ name, head, last }) => [
          name,
          { head, last: last === "" ? undefined : fromStored(last) },
        ]),
      );
      return stored.map((name) => byName.get(name) ?? { head: 0 });
    },

    async append(room, given) {
      const drafts = checkDrafts(room, given);
      refuseIfClosed();
      return drafts.length === 0 ? [] : appends.add(room, drafts);
    },

    async read(room, asked) {
      checkName("room", room);
      const range = checkRange(asked);
      const [statement, bound] =
        "after" in range ? [SQL.readAfter, range.after] : [SQL.readBefore, range.before];
      const rows = await run<RoomHead & StoredRow>(statement, [toStored(room), bound, range.limit]);
      const { head, first } = rows[0] ?? { head: 0, first: 1 };
      return { head, first, events: rows.filter(({ seq }) => seq !== null).map((row) => unpack(room, row)) };
    },

    async find(room, sender, ids) {
      checkFind(room, sender, ids);
      refuseIfClosed();
      await appends.afterAll(room);
      const stored = ids.map(toStored);
      const rows = await run<StoredRow & { trimmed: boolean }>(SQL.find, [
        toStored(room),
        toStored(sender),
        stored,
      ]);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return stored.map((id, index): Found | undefined => {
        const row = byId.get(id);
        if (row === undefined) return undefined;
        if (!row.trimmed) return { event: unpack(room, row), trimmed: false };
        return { event: { room, seq: row.seq, id: ids[index]!, from: { id: sender } }, trimmed: true };
      });
    },

    async joinRoom(person, room, most = Number.MAX_SAFE_INTEGER) {
      checkName("person", person);
      checkName("room", room);
      return (await run<Joined>(SQL.join, [toStored(person), toStored(room), Math.max(0, most)]))[0];
    },

    async leaveRoom(person, room) {
      checkName("person", person);
      checkName("room", room);
      await run(SQL.leave, [toStored(person), toStored(room)]);
    },

    async markRead(person, room, seq) {
      checkName("person", person);
      checkName("room", room);
      checkSeq("seq", seq);
      return (await run<ReadPosition>(SQL.mark, [toStored(person), toStored(room), seq]))[0];
    },

    async rooms(person, page = {}) {
      checkName("person", person);
      const { after, limit } = checkRoomsPage(page);
      const rows = await run<PersonRoom>(SQL.rooms, [toStored(person), toStored(after), limit]);
      return rows.map((row) => ({ ...row, room: fromStored(row.room) }));
    },

    async takeNumber() {
      return (await run<{ number: number }>(SQL.number))[0]!.number;
    },

    async changes(since) {
      if (since === undefined) {
        const [row] = await run<{ mark: string }>(SQL.snapshot);
        return { mark: row!.mark, rooms: undefined };
      }
      const [, timeline, snapshot] = MARK.exec(since) ?? [];
      if (snapshot === undefined)
        throw new StoreError("invalid", "mark must be the answer of an earlier call.");
      const rows = await run<{ mark: string; room: string | null; head: number }>(SQL.changes, [
        snapshot,
        MAX_CHANGES + 1,
      ]);
      const rooms = rows.flatMap(({ room, head }) =>
        room === null ? [] : [{ room: fromStored(room), head }],
      );
      const { mark } = rows[0]!;
      // A standby that took over counts its transactions on from where it was, and may lack some.
      const isTold = rooms.length <= MAX_CHANGES && mark.startsWith(`${timeline} `);
      return { mark, rooms: isTold ? rooms : undefined };
    },

    async trim(retention, now = Date.now()) {
      checkRetention(retention);
      const { maxEvents = null, maxAgeMs } = retention;
      const youngFrom = maxAgeMs === undefined ? null : Math.ceil(now - maxAgeMs);
      let removed = 0;
      for (let after: number | null = 0; after !== null; ) {
        const rows: TrimStep[] = await run(SQL.trim, [after, maxEvents, youngFrom, TRIM_STEP]);
        removed += rows[0]!.removed;
        after = rows[0]!.next;
      }
      return removed;
    },

    async probe() {
      await run(SQL.probe);
    },

    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

function unpack(room: string, row: StoredRow): StoredEvent {
  return toEvent(room, fromStored(row.sender), fromStored(row.id), row);
}
