import * as v from "valibot";
import { clientFrames } from "./client-frames.ts";
import { type Decoded, FIRST_ISSUE, type FrameError, parseObject, type Wire } from "./decode.ts";
import { ERRORS, type ErrorCode } from "./errors.ts";
import { isRef } from "./fields.ts";
import type { ClientFrame } from "./frames.ts";
import { maxRoomCodePoints } from "./limits.ts";

/**
 * What a client sent, or the error to answer it with. Never throws. Names come out cleaned. Does not look at the
 * size: the connection refuses what is over `maxFrameBytes` before it gets here.
 */
export function decodeClientFrame(data: Wire): Decoded<ClientFrame> {
  const raw = parseObject(data);
  if (typeof raw === "string") return refuse({ code: "bad_frame", message: raw });
  const { type } = raw;
  if (typeof type !== "string")
    return refuse({ code: "bad_frame", message: "type: expected string", ...which(raw) });
  if (!isClientType(type)) {
    return refuse({ code: "unknown_type", message: ERRORS.unknown_type.meaning, ...which(raw) });
  }
  const schema: v.GenericSchema<unknown, ClientFrame> = clientFrames[type];
  const result = v.safeParse(schema, raw, FIRST_ISSUE);
  if (result.success) return { ok: true, frame: result.output };
  return refuse({ ...explain(result.issues[0]), type, ...which(raw) });
}

function refuse(error: FrameError): { ok: false; error: FrameError } {
  return { ok: false, error };
}

function isClientType(type: string): type is keyof typeof clientFrames {
  return Object.hasOwn(clientFrames, type); // not `in`: a type of "constructor" is none of ours
}

function explain(issue: v.BaseIssue<unknown>): { code: ErrorCode; message: string } {
  const key = issue.path?.[0]?.key;
  const field = typeof key === "string" ? `${key}: ` : "";
  const code = isErrorCode(issue.message) ? issue.message : "bad_frame";
  if (code !== "bad_frame") return { code, message: field + ERRORS[code].meaning };
  if (issue.received === "undefined") return { code, message: `${field}missing` };
  return { code, message: `${field}expected ${issue.expected ?? "1 to 64 characters of well-formed text"}` };
}

function isErrorCode(message: string): message is ErrorCode {
  return Object.hasOwn(ERRORS, message);
}

/**
 * Which frame it was, as far as it can be told: a send is named by its id, and a room by what was given for its name, or
 * nobody could tell which `join` was refused with `bad_room`.
 */
function which(raw: Record<string, unknown>): { ref?: string; room?: string } {
  const name = raw.type === "send" || raw.type === "skip" ? raw.id : raw.ref;
  return {
    ...(typeof name === "string" && isRef(name) ? { ref: name } : {}),
    ...(typeof raw.room === "string" && isRoomish(raw.room) ? { room: raw.room } : {}),
  };
}

/** No longer than a room's name may be, whose code points take two units at most. */
function isRoomish(text: string): boolean {
  return text.length <= 2 * maxRoomCodePoints && text.isWellFormed();
}
