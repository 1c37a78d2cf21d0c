/**
 * Every way a store can refuse, and whether the same call may succeed later.
 *
 * `retry: true` says nothing about the outcome of the call that failed: an append that ended in
 * `unavailable` is there once or not at all, and `find` tells which.
 */
export const STORE_ERRORS = {
  /** The disk is full or failing, or the store is recovering from that. It comes back by itself. */
  unavailable: { retry: true },
  /** What is on disk is not what was written. Restore a backup. */
  damaged: { retry: false },
  /** Another server holds the data folder. */
  locked: { retry: false },
  /** The data was written by a newer natter. */
  newer: { retry: false },
  /** The database server is not one that the log may be trusted to: too old, a standby, fsync off. */
  unsuitable: { retry: false },
  /** The data is somewhere else now. */
  moved: { retry: false },
  /** `close` was called on this store. */
  closed: { retry: false },
  /** The call itself is wrong, and nothing of it was stored. */
  invalid: { retry: false },
  /** A backup or a restore would have overwritten something. */
  exists: { retry: false },
} as const satisfies Record<string, { retry: boolean }>;

export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** `message` is one sentence for a person: what is wrong and, where they can do something, what. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly retry: boolean;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.retry = STORE_ERRORS[code].retry;
  }
}
