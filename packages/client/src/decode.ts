// A server's frames, checked: what decodeServerFrame of @natter/protocol does, to the same answers (decode.test.ts
// holds the two together), in a quarter of its bytes. Types only, no limits; unknown fields are dropped.

import type { ReceivedFrame } from "@natter/protocol";

/** What a value must be. */
const CHECKS: Record<"s" | "n" | "q" | "f" | "t" | "b" | "any", (value: unknown) => boolean> = {
  s: (value) => typeof value === "string",
  n: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  q: (value) => CHECKS.n(value) && value !== 0,
  f: (value) => typeof value === "number",
  t: (value) => value === true,
  b: (value) => typeof value === "boolean",
  any: () => true,
};
/** An object has these fields, those with `?` or not; a list holds only such. */
type Shape = keyof typeof CHECKS | { readonly [field: string]: Shape } | readonly [Shape];

const me = { id: "s", name: "s" } as const;
const person = { ...me, "plain?": "t" } as const;
const head = { room: "s", epoch: "s", head: "n", "last?": "s", "lastAt?": "n" } as const;
const place = { room: "s", seq: "q", "again?": "t", kind: "s" } as const;
const message = { ...place, at: "n", id: "s", from: person, text: "s", "trimmed?": "t" } as const;
const limits = { textBytes: "n", frameBytes: "n", messagesPerSecond: "f", burst: "n" } as const;

const SHAPES: Readonly<Record<string, Shape>> = {
  welcome: { you: me, session: "s", connection: "n", limits, heartbeatMs: "n", "server?": "s" },
  joined: { ...head, first: "q", read: "n", unread: "n", people: { count: "n", "list?": [person] } },
  left: { room: "s" },
  reset: head,
  page: { room: "s", ref: "s", events: ["any"], more: "b" },
  presence: { room: "s", "list?": [person], "joined?": [person], "left?": ["s"], count: "n" },
  typing: { room: "s", from: person },
  read: { room: "s", seq: "n", unread: "n" },
  rooms: { ref: "s", rooms: [{ room: "s", head: "n", read: "n", unread: "n" }] },
  renamed: { you: me },
  pong: { "ref?": "s" },
  error: { code: "s", message: "s", retry: "b", "retryAfterMs?": "n", "ref?": "s", "room?": "s" },
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
  if (!Object.hasOwn(SHAPES, type)) return { type: "unknown", of: type };
  const frame = take(SHAPES[type]!, raw) as Record<string, unknown> | undefined;
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
  const isMessage = kind === "message";
  const event = take(isMessage ? message : place, raw) as object | undefined;
  return event && { ...event, type: "event", ...(isMessage ? {} : { kind: "unknown", of: kind }) };
}

function take(shape: Shape, value: unknown): unknown {
  if (typeof shape === "string") return CHECKS[shape](value) ? value : undefined;
  if (Array.isArray(shape)) {
    const list = Array.isArray(value) ? value.map((item) => take(shape[0], item)) : [undefined];
    return list.includes(undefined) ? undefined : list;
  }
  if (!isObject(value)) return undefined;
  const taken: Record<string, unknown> = {};
  for (const field in shape) {
    const name = field.replace("?", "");
    const given = value[name];
    if (given === undefined && name !== field) continue;
    taken[name] = take((shape as Record<string, Shape>)[field]!, given);
    if (taken[name] === undefined) return undefined;
  }
  return taken;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
