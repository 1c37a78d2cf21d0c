import {
  type HistoryFrame,
  type ListRoomsFrame,
  limits,
  type ReadFrame,
  type TypingFrame,
} from "@natter/protocol";
import { toFrame } from "../rooms/event-frame.ts";
import { MAX_ROOMS, type PersonRoom, type RoomPage, type StoredEvent } from "../store/store.ts";
import type { Context } from "./context.ts";

/** A frame's JSON without its text, at most, in bytes: seq, ids, name and punctuation. */
const EVENT_OVERHEAD_BYTES = 400;

/** @throws {StoreError} */
export async function history(context: Context, frame: HistoryFrame): Promise<void> {
  const { room, before, after, limit, ref } = frame;
  if (!context.memberships.has(room)) return context.refuse("not_joined", { ref, room });
  const isForward = after !== undefined;
  const range = isForward ? { after, limit } : { before: before ?? Number.MAX_SAFE_INTEGER, limit };
  const { chat, connection } = context;
  const page = await chat.pages.take(connection, () => chat.store.read(room, range));
  if (page === undefined) return; // it is gone
  const events = isForward ? fitting(page.events) : fitting(page.events.toReversed()).toReversed();
  const more = isForward ? isMoreAfter(page, events, after) : isMoreBefore(page, events, range.before);
  context.send({ type: "page", room, ref, events: events.map(toFrame), more });
}

/** As many as a page holds, and one at least (Y3). */
function fitting(events: readonly StoredEvent[]): readonly StoredEvent[] {
  let bytes = 0;
  const count = events.findIndex((event, index) => {
    // Written as JSON, a control character of a plain client's line takes six bytes.
    bytes += Buffer.byteLength(JSON.stringify(event.text)) + EVENT_OVERHEAD_BYTES;
    return index > 0 && bytes > limits.maxPageBytes;
  });
  return count < 0 ? events : events.slice(0, count);
}

function isMoreAfter({ head }: RoomPage, events: readonly StoredEvent[], after = 0): boolean {
  return (events.at(-1)?.seq ?? after) < head;
}

function isMoreBefore({ first, head }: RoomPage, events: readonly StoredEvent[], before = 0): boolean {
  return (events[0]?.seq ?? Math.min(before, head + 1)) > first;
}

/** @throws {StoreError} */
export async function markRead(context: Context, { room, seq }: ReadFrame): Promise<void> {
  const { chat, person, memberships } = context;
  const membership = memberships.get(room);
  if (membership === undefined) return context.refuse("not_joined", { room });
  if (seq > membership.room.delivered) return context.refuse("bad_position", { room });
  const position = await chat.store.markRead(person.id, room, seq);
  if (position === undefined) return context.refuse("not_joined", { room });
  chat.people.tellRead(person, { room, seq: position.read, unread: position.unread });
}

/** @throws {StoreError} */
export async function listRooms(context: Context, { ref }: ListRoomsFrame): Promise<void> {
  const { chat, connection, person } = context;
  const rooms: PersonRoom[] = [];
  while (rooms.length < limits.maxRoomsListed) {
    const after = rooms.at(-1)?.room;
    const from = after === undefined ? {} : { after };
    const page = await chat.pages.take(connection, () => chat.store.rooms(person.id, from));
    if (page === undefined) return; // it is gone
    rooms.push(...page);
    if (page.length < MAX_ROOMS) break;
  }
  context.send({ type: "rooms", ref, rooms });
}

/** Tells the others in the room, and nobody who is catching up: it is over in seconds (T5, L5). */
export function typing(context: Context, { room }: TypingFrame): undefined {
  const { chat, connection, person, typingTimes } = context;
  const membership = context.memberships.get(room);
  if (membership === undefined) return context.refuse("not_joined", { room });
  if (!typingTimes.mayTell(room, chat.clock.elapsed())) return;
  membership.room.tellTyping({ id: person.id, name: person.name }, connection);
}
