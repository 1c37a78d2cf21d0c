import type { EventFrame, Message } from "@natter/client";
import { isSameDay } from "../text/times.ts";

/** How long, in ms, somebody's next message counts as said in the same breath, and stands under the same name. */
const GROUP_MS = 5 * 60_000;

/** One line of the timeline: an event, or what this person said that is not one yet. */
export type Row = {
  readonly key: string;
  readonly of:
    | { readonly kind: "event"; readonly event: EventFrame }
    | { readonly kind: "message"; readonly message: Message };
  readonly at: number;
  /** The first of its day. */
  readonly isDay: boolean;
  /** The first that the person had not read when they came. */
  readonly isUnread: boolean;
  /** The first of a group by the same person: it carries their name. */
  readonly isFirst: boolean;
};

/** What rows are made from. They are made as they are looked at, never all: a room may have 100,000 events. */
export type RowSource = {
  readonly events: readonly EventFrame[];
  readonly messages: readonly Message[];
  /** The line of what is unread stands behind this seq; none where undefined. */
  readonly unreadAfter: number | undefined;
  readonly me: string | undefined;
};

export function rowCount({ events, messages }: RowSource): number {
  return events.length + messages.length;
}

/** @param index from 0, the oldest event known */
export function rowAt(source: RowSource, index: number): Row | undefined {
  const { events, messages, unreadAfter, me } = source;
  const event = events[index];
  if (event !== undefined) {
    const before = events[index - 1];
    const isUnread =
      unreadAfter !== undefined &&
      event.seq > unreadAfter &&
      (before === undefined || before.seq <= unreadAfter);
    const isDay = before === undefined || !isSameDay(before.at, event.at);
    return {
      key: `e${event.seq}`,
      of: { kind: "event", event },
      at: event.at,
      isDay,
      isUnread,
      isFirst: isDay || isUnread || !isSameBreath(before, event.from.id, event.from.name, event.at),
    };
  }
  const message = messages[index - events.length];
  if (message === undefined) return undefined;
  const last = events.at(-1);
  const isFirstMessage = index === events.length;
  const isDay = isFirstMessage && (last === undefined || !isSameDay(last.at, message.at));
  return {
    key: `m${message.id}`,
    of: { kind: "message", message },
    at: message.at,
    isDay,
    isUnread: false,
    isFirst: isFirstMessage && (isDay || !isSameBreath(last, me, last?.from.name, message.at)),
  };
}

/** The row of the first event behind a seq; the number of rows where there is none. */
export function indexBehind(events: readonly EventFrame[], seq: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.seq > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The seq behind which the line of what is unread stands: what one said oneself right behind it is no news. */
export function unreadBehind(events: readonly EventFrame[], seq: number, me: string | undefined): number {
  let last = seq;
  for (let at = indexBehind(events, seq); events[at] !== undefined && events[at]!.from.id === me; at++) {
    last = events[at]!.seq;
  }
  return last;
}

function isSameBreath(
  before: EventFrame | undefined,
  id: string | undefined,
  name: string | undefined,
  at: number,
): boolean {
  return before?.from.id === id && before?.from.name === name && Math.abs(at - before!.at) < GROUP_MS;
}
