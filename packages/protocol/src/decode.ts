// What both directions of decoding share. Nothing here throws, whatever comes.

import type { ErrorCode } from "./errors.ts";

/** A WebSocket message: text, or the bytes of one. */
export type Wire = string | Uint8Array | ArrayBuffer;

/** Why a frame was refused, and which one it was as far as that could be read. Fits `errorFrame`'s details. */
export interface FrameError {
  readonly code: ErrorCode;
  /** For developers, in English; names the field, and never repeats what was sent. */
  readonly message: string;
  /** Of the frame, where clients' frames have it: a `send` refused for good lets those behind it pass (S5). */
  readonly type?: string | undefined;
  readonly ref?: string | undefined;
  readonly room?: string | undefined;
}

export type Decoded<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly error: FrameError };

// ignoreBOM leaves a byte order mark in place, where JSON refuses it as it does in a string (RFC 8259, section 8.1).
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The JSON object of a message, or a sentence saying why there is none. */
export function parseObject(data: Wire): Record<string, unknown> | string {
  let value: unknown;
  try {
    // JSON.parse makes `__proto__` a field like any other; nobody's prototype changes.
    value = JSON.parse(typeof data === "string" ? data : decoder.decode(data));
  } catch {
    return "not JSON"; // or not UTF-8, or deeper than this runtime's parser goes
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "not a JSON object";
  return value as Record<string, unknown>;
}

/** For valibot: one issue is enough to refuse a frame. */
export const FIRST_ISSUE = { abortEarly: true, abortPipeEarly: true } as const;
