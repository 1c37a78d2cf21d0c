import { type JoinFrame, type LeaveFrame, limits, type Person } from "@natter/protocol";
import { type LastEvent, lastOf } from "../rooms/last-event.ts";
import type { Room } from "../rooms/room.ts";
import type { Lease } from "../rooms/rooms.ts";
import { StoreError } from "../store/errors.ts";
import type { Joined, ReadPosition } from "../store/store.ts";
import { comeBackMs } from "./come-back.ts";
import type { Context } from "./context.ts";
import { Membership } from "./membership.ts";

/** What a client says it holds of a room. */
type Position = Pick<JoinFrame, "since" | "epoch" | "last" | "lastAt">;
/** The log at one moment, and which event it has at the client's position, if it is still there. */
type LogState = { readonly head: number; readonly first: number; readonly there: LastEvent };

/**
 * Enters a room, from a position in its log or live only.
 *
 * @throws {StoreError}
 */
export async function join(context: Context, frame: JoinFrame): Promise<void> {
  const { chat, connection, memberships } = context;
  const { room: name } = frame;
  if (!memberships.has(name) && memberships.size >= limits.maxRoomsPerConnection) {
    context.refuse("too_many_rooms", { room: name });
    return;
  }
  const before = end(context, name); // a second join begins anew (J8)

  let lease: Lease | undefined;
  try {
    // Whatever it was given may be gone: it comes back, is told so (J4), and sends again what is not settled.
    lease = await chat.rooms.lease(name, () => {
      context.refuse("restarting", { retryAfterMs: comeBackMs(connection.id) });
      connection.close(1012, "the log was rolled back");
    });
    const server = chat.store.server();
    const [listing, looked] = await Promise.all([enlist(context, name), lookAt(context, frame)]);
    if (listing.kind === "listed") {
      const log = looked ?? { ...listing.place, there: {} };
      // Another node may have given the client what is only on its way here.
      await lease.room.reach(log.head);
      if (server !== chat.store.server()) {
        throw new StoreError("unavailable", "Another server has the log since it was looked at.");
      }
      if (connection.isOpen) return begin(context, lease, frame, listing.place, log);
    }
    lease.release();
    if (listing.kind === "refused") {
      context.refuse(listing.code, { room: name, retryAfterMs: listing.retryAfterMs });
    }
    // Gone while it was between the two, where `leaveAll` did not find it.
    before?.presence.exit(me(context), connection, false);
  } catch (error) {
    lease?.release();
    before?.presence.exit(me(context), connection, false);
    throw error;
  }
}

type Listing =
  | { readonly kind: "listed"; readonly place: Joined }
  | {
      readonly kind: "refused";
      readonly code: "too_many_rooms" | "rate_limited";
      readonly retryAfterMs?: number;
    };

/** Puts the room on the person's list, where it stays: so a list is bounded (R5), and how fast rooms are put there (M8). */
async function enlist(context: Context, room: string): Promise<Listing> {
  const { chat, person, meter } = context;
  // It is asked once: whether the room is new there, the store knows only then, so one is reserved until it does.
  const isReserved = meter.reserveNewRoom(chat.clock.elapsed());
  let isNew = false;
  try {
    const place = await chat.store.joinRoom(person.id, room, isReserved ? limits.maxRoomsListed : 0);
    isNew = place?.isNew ?? false;
    if (place !== undefined) return { kind: "listed", place };
  } finally {
    if (isReserved && !isNew) meter.returnNewRoom(chat.clock.elapsed());
  }
  if (isReserved) return { kind: "refused", code: "too_many_rooms" };
  const retryAfterMs = meter.takeNewRoom(chat.clock.elapsed());
  if (retryAfterMs > 0) return { kind: "refused", code: "rate_limited", retryAfterMs };
  // By now there is one.
  meter.returnNewRoom(chat.clock.elapsed());
  return await enlist(context, room);
}

/** In one turn, so that nothing is delivered between the head that is told and the place to go on from. */
function begin(context: Context, lease: Lease, frame: JoinFrame, place: Joined, log: LogState): void {
  const { chat, connection, memberships } = context;
  const { room } = lease;
  const head = room.delivered;
  const { epoch } = chat.store;
  const isKnown = isBeginningOf(frame, log, epoch);
  if (!isKnown) context.send({ type: "reset", room: room.name, epoch, head, ...room.last });

  room.presence.enter(me(context), connection);
  const people = room.presence.people();
  context.send({
    type: "joined",
    room: room.name,
    epoch,
    head,
    ...room.last,
    first: log.first,
    read: place.read,
    unread: unreadAt(head, place, log),
    people,
  });

  const membership = new Membership({
    connection,
    lease,
    turns: context.turns,
    readPage: (range) => chat.pages.take(connection, () => chat.store.read(room.name, range)),
    clock: chat.clock,
    // What it was to get next is gone before it could take it: the same as coming back too late (J4).
    onTrimmed: (cursor) => context.rejoin({ type: "join", room: room.name, since: cursor, epoch }),
    onLiveAgain: () => context.send({ type: "presence", room: room.name, ...room.presence.people() }),
    // It comes back and goes on from where it is; what it was sent up to then is in order.
    onFailed: (error) => {
      chat.report(error);
      connection.close(1011, "internal");
    },
  });
  memberships.set(room.name, membership);
  if (frame.since === undefined || !isKnown) membership.start(head);
  else membership.start(Math.max(frame.since, log.first - 1));
}

/**
 * As of the head that is told with it, not as of the moment in which the store counted: what was stored before or after
 * that comes as events, which the client counts. All of them are messages, the only kind there is (E1).
 */
function unreadAt(head: number, { read }: ReadPosition, { first }: LogState): number {
  return Math.max(0, head - Math.max(read, first - 1));
}

/** Reads what is needed to judge a client's position, if it has one. */
async function lookAt({ chat }: Context, { room, since }: JoinFrame): Promise<LogState | undefined> {
  if (!since) return undefined;
  const { head, first, events } = await chat.store.read(room, { after: since - 1, limit: 1 });
  return { head, first, there: lastOf(events.find(({ seq }) => seq === since)) };
}

/** Whether what a client holds is a beginning of this log, and what follows it is still there (J3, J4). */
function isBeginningOf({ since, epoch, last, lastAt }: Position, log: LogState, logEpoch: string): boolean {
  if (!since) return true;
  // The head of the very look at the log, for a rolled back one may have grown past the position meanwhile.
  if (epoch !== logEpoch || since > log.head || since < log.first - 1) return false;
  return isSame(last, log.there.last) && isSame(lastAt, log.there.lastAt);
}

/** Where one of the two does not know, for the event was trimmed, there is nothing to compare. */
function isSame<T>(theirs: T | undefined, ours: T | undefined): boolean {
  return theirs === undefined || ours === undefined || theirs === ours;
}

/**
 * Leaves for good: the room goes off the person's list (R6).
 *
 * @throws {StoreError}
 */
export async function leave(context: Context, { room }: LeaveFrame): Promise<void> {
  const { chat, person, connection } = context;
  end(context, room)?.presence.exit(me(context), connection, true);
  await chat.store.leaveRoom(person.id, room);
  context.send({ type: "left", room });
}

/** The connection is gone. */
export function leaveAll(context: Context): void {
  for (const room of [...context.memberships.keys()]) {
    end(context, room)?.presence.exit(me(context), context.connection, false);
  }
}

/** @returns the room, if it was in it */
function end({ memberships }: Context, room: string): Room | undefined {
  const membership = memberships.get(room);
  membership?.end();
  memberships.delete(room);
  return membership?.room;
}

function me({ person }: Context): Person {
  return { id: person.id, name: person.name };
}
