import { newEpoch } from "./epoch.ts";
import { StoreError } from "./errors.ts";
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
} from "./input.ts";
import {
  type Appended,
  type Draft,
  type Found,
  MAX_CHANGES,
  MAX_READ_BYTES,
  type PersonRoom,
  type ReadPosition,
  type Retention,
  type Store,
  type StoredEvent,
} from "./store.ts";

/**
 * How appends fail until told otherwise. `refuse`: nothing is stored. `lose-answer`: everything is stored,
 * but
 * the caller is told `unavailable`: the unknown outcome that must be settled by `find` or by a retry.
 */
export type Failure = "none" | "refuse" | "lose-answer";

export interface MemoryStore extends Store {
  failAppends(how: Failure): void;
}

interface Room {
  first: number;
  /** The kept events; the event `seq` is at `seq - first`. */
  events: StoredEvent[];
  /** Of every event there ever was: sender, then id, then seq. */
  ids: Map<string, Map<string, number>>;
}

export interface MemoryOptions {
  /** Default: a new one. */
  epoch?: string;
  /** Several nodes append to it: `changes` tells what. Default: `false`. */
  isShared?: boolean;
}

let servers = 0;

/** Keeps everything in memory and answers asynchronously, as a store on a disk does. */
export function createMemoryStore(options: MemoryOptions = {}): MemoryStore {
  const server = `${++servers}`;
  const rooms = new Map<string, Room>();
  const people = new Map<string, Map<string, number>>();
  let failure: Failure = "none";
  let numbers = 0;
  /** Which append was the last of each room, counted over all of them. */
  const changed = new Map<string, number>();
  let appends = 0;
  let closed = false;

  /** Runs at once, so that calls take effect in their order; only the answer is asynchronous. */
  async function call<T>(run: () => T): Promise<T> {
    if (closed) throw new StoreError("closed", "The store is closed.");
    return run();
  }

  function position(room: string, read: number): ReadPosition {
    const { events, first } = rooms.get(room) ?? { events: [], first: 1 };
    const unread = events.slice(Math.max(0, read + 1 - first)).filter((event) => event.kind === "message");
    return { read, unread: unread.length };
  }

  return {
    epoch: options.epoch ?? newEpoch(),

    failAppends(how) {
      failure = how;
    },

    server: () => server,

    head: (room) =>
      call(() => {
        checkName("room", room);
        return headOf(rooms.get(room));
      }),

    heads: (names) =>
      call(() => {
        checkHeads(names);
        return names.map((room) => {
          const last = rooms.get(room)?.events.at(-1)?.id;
          return { head: headOf(rooms.get(room)).head, last };
        });
      }),

    append: (room, given) =>
      call(() => {
        const drafts = checkDrafts(room, given);
        if (failure === "refuse") throw unavailable();
        appends++;
        if (options.isShared) changed.set(room, appends);
        if (drafts.length === 0) return [];
        const log = rooms.get(room) ?? { first: 1, events: [], ids: new Map() };
        rooms.set(room, log);
        const appended = drafts.map((draft) => appendOne(room, log, draft));
        if (failure === "lose-answer") throw unavailable();
        return appended;
      }),

    read: (room, asked) =>
      call(() => {
        checkName("room", room);
        const range = checkRange(asked);
        const { first, head } = headOf(rooms.get(room));
        const end = "after" in range ? head + 1 : Math.min(range.before, head + 1);
        const from = Math.max(first, "after" in range ? range.after + 1 : end - range.limit);
        const to = Math.max(from, Math.min(end, from + range.limit));
        const events = rooms.get(room)?.events.slice(from - first, to - first) ?? [];
        return {
          head,
          first,
          events: "after" in range ? fitting(events) : fitting(events.reverse()).reverse(),
        };
      }),

    find: (room, sender, ids) =>
      call(() => {
        checkFind(room, sender, ids);
        const log = rooms.get(room);
        return ids.map((id) => (log === undefined ? undefined : lookUp(room, log, sender, id)));
      }),

    joinRoom: (person, room, most = Number.MAX_SAFE_INTEGER) =>
      call(() => {
        checkName("person", person);
        checkName("room", room);
        const list = people.get(person) ?? new Map<string, number>();
        if (!list.has(room) && list.size >= most) return undefined;
        people.set(person, list);
        const at = headOf(rooms.get(room));
        const isNew = !list.has(room);
        const read = list.get(room) ?? at.head;
        list.set(room, read);
        return { ...position(room, read), ...at, isNew };
      }),

    leaveRoom: (person, room) =>
      call(() => {
        checkName("person", person);
        checkName("room", room);
        people.get(person)?.delete(room);
      }),

    markRead: (person, room, seq) =>
      call(() => {
        checkName("person", person);
        checkName("room", room);
        checkSeq("seq", seq);
        const before = people.get(person)?.get(room);
        if (before === undefined) return undefined;
        const read = Math.max(before, Math.min(seq, headOf(rooms.get(room)).head));
        people.get(person)?.set(room, read);
        return position(room, read);
      }),

    rooms: (person, page = {}) =>
      call(() => {
        checkName("person", person);
        const { after, limit } = checkRoomsPage(page);
        const list = [...(people.get(person) ?? [])].filter(([room]) => compareBytes(room, after) > 0);
        list.sort(([a], [b]) => compareBytes(a, b));
        return list.slice(0, limit).map(
          ([room, read]): PersonRoom => ({
            room,
            head: headOf(rooms.get(room)).head,
            ...position(room, read),
          }),
        );
      }),

    takeNumber: () => call(() => ++numbers),

    changes: (mark) =>
      call(() => {
        const [before, since] = mark?.split(" ") ?? [];
        const named = [...changed].filter(([, at]) => at > Number(since));
        const isTold = !options.isShared || (before === server && named.length <= MAX_CHANGES);
        return {
          mark: `${server} ${appends}`,
          rooms: isTold ? named.map(([room]) => ({ room, head: headOf(rooms.get(room)).head })) : undefined,
        };
      }),

    trim: (retention, now = Date.now()) =>
      call(() => {
        checkRetention(retention);
        let removed = 0;
        for (const log of rooms.values()) removed += trimRoom(log, retention, now);
        return removed;
      }),

    probe: () =>
      call(() => {
        if (failure === "refuse") throw unavailable();
      }),

    async close() {
      closed = true;
    },
  };
}

function headOf(log: Room | undefined) {
  return log === undefined
    ? { head: 0, first: 1 }
    : { head: log.first + log.events.length - 1, first: log.first };
}

/** As many of the first as a page holds. */
function fitting(events: StoredEvent[]): StoredEvent[] {
  let bytes = 0;
  const count = events.findIndex(({ text }, index) => {
    bytes += Buffer.byteLength(text);
    return index > 0 && bytes > MAX_READ_BYTES;
  });
  return count < 0 ? events : events.slice(0, count);
}

function appendOne(room: string, log: Room, draft: Draft): Appended {
  const known = lookUp(room, log, draft.from.id, draft.id);
  if (known !== undefined) return { ...known, again: true };
  const event = eventOf(room, log.first + log.events.length, draft);
  log.events.push(event);
  const ids = log.ids.get(draft.from.id) ?? new Map<string, number>();
  log.ids.set(draft.from.id, ids.set(draft.id, event.seq));
  return { event, again: false, trimmed: false };
}

function lookUp(room: string, log: Room, sender: string, id: string): Found | undefined {
  const seq = log.ids.get(sender)?.get(id);
  if (seq === undefined) return undefined;
  const event = log.events[seq - log.first];
  if (event !== undefined) return { event, trimmed: false };
  return { event: { room, seq, id, from: { id: sender } }, trimmed: true };
}

function trimRoom(log: Room, { maxEvents, maxAgeMs }: Retention, now: number): number {
  const tooMany = maxEvents === undefined ? 0 : Math.max(0, log.events.length - maxEvents);
  const young = maxAgeMs === undefined ? 0 : log.events.findIndex((event) => event.at >= now - maxAgeMs);
  const tooOld = young === -1 ? log.events.length : young;
  const removed = Math.max(tooMany, tooOld);
  log.events.splice(0, removed);
  log.first += removed;
  return removed;
}

/** Databases order text by its UTF-8 bytes; JavaScript's `<` orders by UTF-16 units. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function unavailable(): StoreError {
  return new StoreError("unavailable", "The store was told to fail.");
}
