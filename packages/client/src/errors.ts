import type { ErrorCode, ErrorFrame } from "@natter/protocol";

/**
 * What goes wrong on this side. `closed`: the client was closed. `left`: the room was left. `given_up`: the message was,
 * and may be stored or not. `taken_back`: the message was, and is not stored. `outcome_unknown`: it cannot be taken
 * back, for it may be stored. `not_failed`: only what failed can be sent again or discarded. `outbox_full`: more waits
 * than may. `storage_failed`: the storage did; it is tried again.
 * `bad_server`: it sent what is no frame of natter.v1.
 */
export type LocalErrorCode =
  | "closed"
  | "left"
  | "given_up"
  | "taken_back"
  | "outcome_unknown"
  | "not_failed"
  | "outbox_full"
  | "storage_failed"
  | "bad_server";

/** Whatever the client rejects or reports with. Go by `code`; `message` is for developers and may change (X4). */
export class ChatError extends Error {
  /** One of docs/errors.md, one of this side, or one that a newer server has. */
  readonly code: ErrorCode | LocalErrorCode | (string & {});
  /** Whether the same could pass later without anybody changing it. */
  readonly retry: boolean;

  /** @param options `message`: the server's; the meaning of a code of this side stands in README.md */
  constructor(code: ChatError["code"], options: { message?: string; retry?: boolean; cause?: unknown } = {}) {
    super(options.message ?? code, options);
    this.name = "ChatError";
    this.code = code;
    this.retry = options.retry === true;
  }
}

/** @param retry whether it is tried again */
export function storageFailed(cause: unknown, retry = true): ChatError {
  return new ChatError("storage_failed", { retry, cause });
}

export function errorOf(frame: ErrorFrame): ChatError {
  return new ChatError(frame.code, frame);
}
