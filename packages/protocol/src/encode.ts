// Frames to JSON, with the fields in the order in which docs/protocol.md shows them, and no others: what a server
// keeps beside a frame's fields never gets out by accident.

import type { ClientFrame, EventFrame, PageFrame, ServerFrame } from "./frames.ts";

type OrderOf<Frame extends { type: string }> = { readonly [Type in Frame["type"]]: string[] };

/** The fields of each frame, those of the objects in it included; as JSON.stringify takes them. */
export const CLIENT_ORDER: OrderOf<ClientFrame> = {
  hello: ["type", "name", "session"],
  join: ["type", "room", "since", "epoch", "last", "lastAt"],
  leave: ["type", "room"],
  send: ["type", "room", "id", "text"],
  skip: ["type", "room", "id"],
  history: ["type", "room", "before", "after", "limit", "ref"],
  read: ["type", "room", "seq"],
  typing: ["type", "room"],
  ping: ["type", "ref"],
  rename: ["type", "name"],
  rooms: ["type", "ref"],
};

export const SERVER_ORDER: OrderOf<Exclude<ServerFrame, EventFrame | PageFrame>> = {
  welcome: [
    ...["type", "you", "id", "name", "session", "connection"],
    ...["limits", "textBytes", "frameBytes", "messagesPerSecond", "burst", "heartbeatMs", "server"],
  ],
  joined: [
    ...["type", "room", "epoch", "head", "last", "lastAt", "first", "read", "unread"],
    ...["people", "count", "list", "id", "name", "plain", "partial"],
  ],
  left: ["type", "room"],
  reset: ["type", "room", "epoch", "head", "last", "lastAt"],
  presence: ["type", "room", "list", "joined", "id", "name", "plain", "left", "count", "partial"],
  typing: ["type", "room", "from", "id", "name", "plain"],
  read: ["type", "room", "seq", "unread"],
  rooms: ["type", "ref", "rooms", "room", "head", "read", "unread"],
  renamed: ["type", "you", "id", "name"],
  pong: ["type", "ref"],
  error: ["type", "code", "message", "retry", "retryAfterMs", "ref", "room"],
};

export function encodeClientFrame(frame: ClientFrame): string {
  return JSON.stringify(frame, CLIENT_ORDER[frame.type]);
}

export function encodeServerFrame(frame: ServerFrame): string {
  // Events are nearly all there is to encode: JSON.stringify is several times as fast without a list of fields.
  if (frame.type === "event") return JSON.stringify(ordered(frame));
  if (frame.type === "page") {
    const { type, room, ref, events, more } = frame;
    return JSON.stringify({ type, room, ref, events: events.map(ordered), more });
  }
  return JSON.stringify(frame, SERVER_ORDER[frame.type]);
}

function ordered(event: EventFrame): EventFrame {
  const { type, kind, room, seq, at, id, from, text, again, trimmed } = event;
  const sender = { id: from.id, name: from.name, plain: from.plain };
  return { type, kind, room, seq, at, id, from: sender, text, again, trimmed };
}
