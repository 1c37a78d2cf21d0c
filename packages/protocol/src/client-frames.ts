// What clients send, judged strictly: strangers write it. Unknown fields are dropped.

import * as v from "valibot";
import { epoch, id, judged, limit, name, position, ref, room, session, text } from "./fields.ts";

const hello = v.object({ type: v.literal("hello"), name, session: v.optional(session) });

const join = v.pipe(
  v.object({
    type: v.literal("join"),
    room,
    since: v.optional(position),
    epoch: v.optional(epoch),
    last: v.optional(id),
    lastAt: v.optional(position),
  }),
  // Without its epoch, a position may belong to a log that is no more.
  judged(({ since, epoch }) => (since && epoch === undefined ? "bad_position" : undefined)),
);

const history = v.pipe(
  v.object({
    type: v.literal("history"),
    room,
    before: v.optional(position),
    after: v.optional(position),
    limit,
    ref,
  }),
  judged(({ before, after }) => (before !== undefined && after !== undefined ? "bad_position" : undefined)),
);

/** One schema a type, found by the type: no frame is tried against the others. */
export const clientFrames = {
  hello,
  join,
  leave: v.object({ type: v.literal("leave"), room }),
  send: v.object({ type: v.literal("send"), room, id, text }),
  skip: v.object({ type: v.literal("skip"), room, id }),
  history,
  read: v.object({ type: v.literal("read"), room, seq: position }),
  typing: v.object({ type: v.literal("typing"), room }),
  ping: v.object({ type: v.literal("ping"), ref: v.optional(ref) }),
  rename: v.object({ type: v.literal("rename"), name }),
  rooms: v.object({ type: v.literal("rooms"), ref }),
};
