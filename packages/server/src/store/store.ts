/**
 * The store keeps the rooms' logs. This file is its interface; beside it:
 *
 *   errors.ts     every refusal, and whether to try again
 *   input.ts      what is checked before anything is written, the same for every store
 *   contract.ts   the suite every store must pass
 *   memory.ts     a store without a disk, for tests and simulations; it can be told to fail
 *   sqlite/       the embedded store: open.ts is where to start reading
 */

/** Most drafts one `append` takes. */
export const MAX_APPEND = 1000;
/** Most events one `read` gives, whatever its `limit`: a page bounds the memory it costs. */
export const MAX_READ = 1000;
/**
 * A page ends before the event with which its texts would come to more bytes of UTF-8, but has one event at least: a
 * thousand long messages would be 8 MB, of which whoever reads the log sends a page of natter.v1 and drops the rest,
 * while all others wait. It is that page's size, in which a text only gets longer.
 */
export const MAX_READ_BYTES = 262_144;
/** Most ids one `find` takes. */
export const MAX_FIND = 1000;
/** Most rooms one `heads` takes. */
export const MAX_HEADS = 1000;
/** Most rooms one `changes` names. */
export const MAX_CHANGES = 5000;
/** Most rooms one page of `rooms` gives, and how many it gives unless told. */
export const MAX_ROOMS = 500;

export interface Person {
  id: string;
  /** A label, as it was when the event was made. */
  name: string;
  /** Only on events of plain clients. */
  plain?: true;
}

/** An event that has no place in the log yet. */
export interface Draft {
  kind: "message";
  /** Made by the sender's client; (room, sender, id) names one event for ever. */
  id: string;
  /** Milliseconds since 1970. Never used for order. */
  at: number;
  from: Person;
  text: string;
}

export interface StoredEvent extends Draft {
  room: string;
  /** Dense from 1 in its room; never changes. */
  seq: number;
}

/** All that is still known of an event that retention removed. */
export interface TrimmedEvent {
  room: string;
  seq: number;
  id: string;
  from: { id: string };
}

/** Where a (room, sender, id) stands in the log. */
export type Found = { event: StoredEvent; trimmed: false } | { event: TrimmedEvent; trimmed: true };

/**
 * The fate of one draft. `again`: that (room, sender, id) was there already, and `event` is the original,
 * whatever the text of the retry. A trimmed event has no text.
 */
export type Appended =
  | { event: StoredEvent; again: boolean; trimmed: false }
  | { event: TrimmedEvent; again: true; trimmed: true };

export interface RoomHead {
  /** Seq of the newest event ever stored; 0 for a room never stored. */
  head: number;
  /** Lowest seq still kept; 1 for a room never stored, `head + 1` where everything was trimmed. */
  first: number;
}

export interface Newest {
  head: number;
  /** Id of the event there; absent in a room never stored, and perhaps where it was trimmed. */
  last?: string | undefined;
}

/** `after`: the oldest events above it. `before`: the newest events below it. */
export type ReadRange = { after: number; limit: number } | { before: number; limit: number };

/** One consistent look at a room: `head` and `first` are those of the moment the events were read. */
export interface RoomPage extends RoomHead {
  /** Ascending and dense. Fewer than `limit` may come: compare with `head` and `first`, not with `limit`. */
  events: readonly StoredEvent[];
}

export interface Changes {
  /** To give to the next call. Opaque, and worth nothing to another log. */
  mark: string;
  /** Each once, with a head that is its own at this mark or later. Undefined where any room may have changed: ask `heads`. */
  rooms: readonly { room: string; head: number }[] | undefined;
}

export interface ReadPosition {
  /** Everything up to this seq has been read. */
  read: number;
  /** Messages (no other kind of event) after `read` that are still kept. */
  unread: number;
}

/** A person's place in a room that they joined, and the room, as both were at one moment. */
export interface Joined extends ReadPosition, RoomHead {
  /** It was not on their list before this call. Of two calls at once both may say so. */
  isNew: boolean;
}

export interface PersonRoom extends ReadPosition {
  room: string;
  head: number;
}

/** What to keep. An event goes as soon as one of the two says so; without either, nothing goes. */
export interface Retention {
  /** Newest events to keep in each room. Default: all. */
  maxEvents?: number;
  /**
   * Milliseconds an event is kept, by its `at`. Only from the old end: an event behind one that is young
   * enough stays, so a clock that was wrong for an hour never tears a hole. Default: for ever.
   */
  maxAgeMs?: number;
}

/**
 * Every method rejects with a `StoreError`. Nothing is done on the caller's thread but packing and
 * unpacking, so no disk ever blocks the event loop.
 */
export interface Store {
  /** One for the whole log. A copy that was restored gets a new one: its seqs may name other events. */
  readonly epoch: string;

  /**
   * The server that keeps the log, as far as anything was heard of it: another where a standby has taken over, which may lack
   * what the one before had acknowledged. Nothing of it comes before it is named here.
   */
  server(): string;

  /** Reads the disk, so that it is right after any failure. A room never stored is no error. */
  head(room: string): Promise<RoomHead>;

  /** The heads of several rooms, parallel to `rooms`, of which there are at most `MAX_HEADS`. */
  heads(rooms: readonly string[]): Promise<readonly Newest[]>;

  /**
   * All of the drafts or none, in their order; resolves only once they are on disk (fsync). Calls are
   * carried out in the order in which they were made, and a call that fails does not touch its neighbours.
   * The answer is parallel to the drafts. Drafts are taken as they are at the call: do not change them after.
   *
   * A store on another machine tries again, with the same ids, when its connection fails. If the first try was
   * committed and only the answer lost, the events of this very call come back as `again: true`.
   *
   * Lone surrogates in strings become U+FFFD, in the answer as on disk.
   *
   * Rejects: `unavailable` (the outcome is unknown: ask `find`, or append the same ids again),
   * `invalid` (nothing was stored), `damaged`, `closed`.
   */
  append(room: string, drafts: readonly Draft[]): Promise<readonly Appended[]>;

  /**
   * At most `limit` and never more than `MAX_READ` events, nor than `MAX_READ_BYTES` hold. Sees every append that has
   * resolved.
   */
  read(room: string, range: ReadRange): Promise<RoomPage>;

  /**
   * Where these ids stand, parallel to `ids`; `undefined` for one that is not in the log. It is carried out
   * after every append called before it, and what it reports is on disk: an answer settles a send for good. Only of
   * what another node is about to append it knows nothing: whoever was sent to two nodes appends again, with the same ids.
   */
  find(room: string, sender: string, ids: readonly string[]): Promise<readonly (Found | undefined)[]>;

  /**
   * Puts the room on the person's list. A newcomer has read everything so far; who is on the list already
   * keeps their position. Costs a row a person and room: plain clients, new people at each connection,
   * should not be listed.
   *
   * @param most rooms that the list may hold: one more is not put there, and the answer is `undefined`. 0: only
   * who is on the list already. Default: no bound.
   */
  joinRoom(person: string, room: string, most?: number): Promise<Joined | undefined>;

  /** Takes the room off the person's list; the read position goes with it. */
  leaveRoom(person: string, room: string): Promise<void>;

  /**
   * Moves forward only, never past the head, and resolves to the position then in force; `undefined` when the
   * room is not on the person's list.
   */
  markRead(person: string, room: string, seq: number): Promise<ReadPosition | undefined>;

  /**
   * The rooms this person joined, by name, those after `after` only; at most `limit` (default and most:
   * `MAX_ROOMS`). Costs a few index look-ups a room, however many messages are unread.
   */
  rooms(person: string, page?: { after?: string; limit?: number }): Promise<readonly PersonRoom[]>;

  /**
   * The next number for a plain client ("Client (3)"), from 1, never one that was given before. A store of one process
   * begins at 1 with each start and does not touch the disk; one that several nodes share counts for all of them, for
   * ever, and may leave numbers out.
   */
  takeNumber(): Promise<number>;

  /**
   * The rooms to which another node may have appended since `mark`, the answer of an earlier call. Without a mark, where
   * more than `MAX_CHANGES` changed, and where another server has taken over since, they are not named, but there is a mark to go on with. Never misses an append that could
   * not be read at the mark; may name rooms that did not change. Costs what the rooms that changed cost, not what there are. A
   * store whose log nobody else writes to names none, ever.
   *
   * Rejects: `invalid` for what never was a mark, and as `read` does.
   */
  changes(mark?: string): Promise<Changes>;

  /**
   * Applies a retention once to every room and resolves to the number of events removed. Works in small steps
   * between which appends take their turn. Ids stay for ever. `now`: milliseconds since 1970, default: the
   * clock.
   */
  trim(retention: Retention, now?: number): Promise<number>;

  /**
   * Writes a few pages that nobody reads, in their turn with the appends; resolves once they are on disk (fsync).
   *
   * Rejects: `unavailable`, `damaged` or `closed`, where an append of a message would be as well.
   */
  probe(): Promise<void>;

  /**
   * Finishes the writes that were called before, refuses what comes after (`closed`), and may refuse reads that have not
   * begun. May be called twice.
   */
  close(): Promise<void>;
}
