// A server's frames, checked: what decodeServerFrame of @natter/protocol does, to the same answers (decode.test.ts
// holds the two together), in a quarter of its bytes. Types only, no limits; unknown fields are dropped.

import type { ReceivedFrame } from "@natter/protocol";

/**
 * What a value must be, by an example of its type: 0 and 1 are the least that a whole number may be, a fraction stands for
 * any number, `true` for itself alone and `false` for both. An object has these fields, those with `?` or not; a list
 * holds only what is like its one example, and where that is missing, anything.
 */
type Shape = string | number | boolean | { readonly [field: string]: Shape } | readonly [Shape?];

const me = { id: "", name: "" };
const person = { ...me, "plain?": true };
const head = { room: "", epoch: "", head: 0, "last?": "", "lastAt?": 0 };
const event = { room: "", seq: 1, "again?": true, kind: "" };
const people = { count: 0, "list?": [person], "partial?": true } as const;
const place = { ...event, "at?": 0, "id?": "" };
const message = { ...event, at: 0, id: "", from: person, text: "", "trimmed?": true };
const limits = { textBytes: 0, frameBytes: 0, messagesPerSecond: 0.5, burst: 0 };

const SHAPES: { readonly [type: string]: Shape | undefined } = {
  __proto__: null as unknown as undefined, // "constructor" is a type that is not known
  welcome: { you: me, session: "", connection: 0, limits, heartbeatMs: 0, "server?": "" },
  joined: { ...head, first: 1, read: 0, unread: 0, people },
  left: { room: "" },
  reset: head,
  page: { room: "", ref: "", events: [], more: false },
  presence: { room: "", ...people, "joined?": [person], "left?": [""] },
  typing: { room: "", from: person },
  read: { room: "", seq: 0, unread: 0 },
  rooms: { ref: "", rooms: [{ room: "", head: 0, read: 0, unread: 0 }] },
  renamed: { you: me },
  pong: { "ref?": "" },
  error: { code: "", message: "", retry: false, "retryAfterMs?": 0, "ref?": "", "room?": "" },
};

/** The frame of a message, with what is not known as `unknown`; or undefined, where it is none of natter.v1. */
export function decode(data: string): ReceivedFrame | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(data);
  } catch {
    return undefined;
  }
  const { type } = isObject(raw) ? raw : {};
  if (typeof type !== "string") return undefined;
  if (type === "event") return eventOf(raw) as ReceivedFrame | undefined;
  const shape = SHAPES[type];
  if (shape === undefined) return { type: "unknown", of: type };
  const frame = take(shape, raw) as Record<string, unknown> | undefined;
  if (frame === undefined) return undefined;
  if (type === "page") {
    const events = (frame.events as unknown[]).map(eventOf);
    if (events.includes(undefined)) return undefined;
    frame.events = events;
  }
  return { ...frame, type } as ReceivedFrame;
}

function eventOf(raw: unknown): object | undefined {
  if (!isObject(raw) || raw.type !== "event") return undefined;
  const { kind } = raw;
  const taken = take(kind === "message" ? message : place, raw) as object | undefined;
  if (taken === undefined) return undefined;
  return { ...taken, type: "event", ...(kind === "message" ? {} : { kind: "unknown", of: kind }) };
}

function take(shape: Shape | undefined, value: unknown): unknown {
  if (shape === undefined) return value;
  if (Array.isArray(shape)) {
    const list = Array.isArray(value) ? value.map((item) => take(shape[0], item)) : [undefined];
    return list.includes(undefined) ? undefined : list;
  }
  if (typeof shape === "object") return takeFields(shape as Record<string, Shape>, value);
  if (typeof value !== typeof shape || (shape === true && !value)) return undefined;
  if (typeof shape !== "number" || shape === 0.5) return value;
  return Number.isSafeInteger(value) && (value as number) >= shape ? value : undefined;
}

function takeFields(shape: Record<string, Shape>, value: unknown): unknown {
  if (!isObject(value)) return undefined;
  const taken: Record<string, unknown> = {};
  for (const field in shape) {
    const name = field.replace("?", "");
    const given = value[name];
    if (given === undefined && name !== field) continue;
    taken[name] = take(shape[field], given);
    if (taken[name] === undefined) return undefined;
  }
  return taken;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
