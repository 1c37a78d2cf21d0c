// What servers send, as clients check it: types only, no limits. A newer server may allow more than this client
// knows of, and ten thousand events a second pass through here. Unknown fields are dropped.

import * as v from "valibot";

const text = v.string();
const flag = v.optional(v.literal(true));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const me = v.object({ id: text, name: text });
const person = v.object({ id: text, name: text, plain: flag });

/** An event of the only kind so far. */
export const message = v.object({
  type: v.literal("event"),
  kind: v.literal("message"),
  room: text,
  seq,
  at: count,
  id: text,
  from: person,
  text,
  again: flag,
  trimmed: flag,
});

/**
 * What is read of an event whatever its kind: enough to move on over one whose kind is not known, and to say in `join`
 * which it was (J7).
 */
export const anyEvent = v.object({
  type: v.literal("event"),
  kind: text,
  room: text,
  seq,
  at: v.optional(count),
  id: v.optional(text),
  again: flag,
});

/** A page's events are looked at one by one, as those that come alone are. */
export const pageEnvelope = v.object({
  type: v.literal("page"),
  room: text,
  ref: text,
  events: v.array(v.unknown()),
  more: v.boolean(),
});

const limits = v.object({ textBytes: count, frameBytes: count, messagesPerSecond: v.number(), burst: count });

const welcome = v.object({
  type: v.literal("welcome"),
  you: me,
  session: text,
  connection: count,
  limits,
  heartbeatMs: count,
  server: v.optional(text),
});

/** The id and the time of the event at the head, for `join` to come back with. */
const headEvent = { last: v.optional(text), lastAt: v.optional(count) };

const joined = v.object({
  type: v.literal("joined"),
  room: text,
  epoch: text,
  head: count,
  ...headEvent,
  first: seq,
  read: count,
  unread: count,
  people: v.object({ count, list: v.optional(v.array(person)), partial: flag }),
});

const presence = v.object({
  type: v.literal("presence"),
  room: text,
  list: v.optional(v.array(person)),
  joined: v.optional(v.array(person)),
  left: v.optional(v.array(text)),
  count,
  partial: flag,
});

const rooms = v.object({
  type: v.literal("rooms"),
  ref: text,
  rooms: v.array(v.object({ room: text, head: count, read: count, unread: count })),
});

const error = v.object({
  type: v.literal("error"),
  // Any code: one that this client does not know still says whether to retry.
  code: text,
  message: text,
  retry: v.boolean(),
  retryAfterMs: v.optional(count),
  ref: v.optional(text),
  room: v.optional(text),
});

/** One schema a type, found by the type; `event` and `page` go a way of their own, for kinds that are not known. */
export const serverFrames = {
  welcome,
  joined,
  left: v.object({ type: v.literal("left"), room: text }),
  reset: v.object({ type: v.literal("reset"), room: text, epoch: text, head: count, ...headEvent }),
  presence,
  typing: v.object({ type: v.literal("typing"), room: text, from: person }),
  read: v.object({ type: v.literal("read"), room: text, seq: count, unread: count }),
  rooms,
  renamed: v.object({ type: v.literal("renamed"), you: me }),
  pong: v.object({ type: v.literal("pong"), ref: v.optional(text) }),
  error,
};
