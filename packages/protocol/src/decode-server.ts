import * as v from "valibot";
import { type Decoded, FIRST_ISSUE, parseObject, type Wire } from "./decode.ts";
import type { ReceivedEvent, ReceivedFrame } from "./frames.ts";
import { anyEvent, message, pageEnvelope, serverFrames } from "./server-frames.ts";

/**
 * What a server sent. Never throws. Frames and events of kinds that this client does not know are no errors but
 * come as `unknown`; an error means that this is no server of natter.v1, or a broken one.
 */
export function decodeServerFrame(data: Wire): Decoded<ReceivedFrame> {
  const raw = parseObject(data);
  if (typeof raw === "string") return refuse(raw);
  const { type } = raw;
  if (typeof type !== "string") return refuse("type: expected string");
  if (type === "event") return eventOf(raw);
  if (type === "page") return pageOf(raw);
  if (!isServerType(type)) return { ok: true, frame: { type: "unknown", of: type } };
  const schema: v.GenericSchema<unknown, ReceivedFrame> = serverFrames[type];
  return check(schema, raw);
}

function isServerType(type: string): type is keyof typeof serverFrames {
  return Object.hasOwn(serverFrames, type); // not `in`: "constructor" is a type that is not known
}

function eventOf(raw: unknown): Decoded<ReceivedEvent> {
  if (kindOf(raw) === "message") return check(message, raw);
  const found = check(anyEvent, raw);
  if (!found.ok) return found;
  const { kind, ...rest } = found.frame;
  return { ok: true, frame: { ...rest, kind: "unknown", of: kind } };
}

function pageOf(raw: unknown): Decoded<ReceivedFrame> {
  const page = check(pageEnvelope, raw);
  if (!page.ok) return page;
  const events: ReceivedEvent[] = [];
  for (const item of page.frame.events) {
    const event = eventOf(item);
    if (!event.ok) return event;
    events.push(event.frame);
  }
  return { ok: true, frame: { ...page.frame, events } };
}

function kindOf(raw: unknown): unknown {
  return typeof raw === "object" && raw !== null && "kind" in raw ? raw.kind : undefined;
}

function check<Frame>(schema: v.GenericSchema<unknown, Frame>, raw: unknown): Decoded<Frame> {
  const result = v.safeParse(schema, raw, FIRST_ISSUE);
  if (result.success) return { ok: true, frame: result.output };
  const [issue] = result.issues;
  return refuse(`${v.getDotPath(issue) ?? "frame"}: expected ${issue.expected ?? "something else"}`);
}

function refuse(message: string): { ok: false; error: { code: "bad_frame"; message: string } } {
  return { ok: false, error: { code: "bad_frame", message } };
}
