import { type Clock, systemClock } from "../ports.ts";

/** Drafts that may wait to be stored, in all rooms together: some seconds of what a disk takes. */
export const MAX_WAITING_DRAFTS = 50_000;
/** Bytes of text that may wait to be stored, in all rooms together. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** How long the oldest of them may have waited, in ms: whoever sends more would only wait longer. */
export const MAX_WAITING_MS = 2_000;
/** When a refused send is worth another try, in ms. */
const RETRY_MS = { least: 1_000, most: 10_000 };
/** Tries are spread out by up to so much of the wait, or all who were refused would be back at once. */
const SPREAD = 0.5;
/** Its multiples fall evenly between 0 and 1, and the same in each run of a simulation. */
const GOLDEN_RATIO = 0.618_034;

/** Why no more is taken now: too much waits already, or the server is about to stop; and when to try again. */
export type Refusal = { readonly code: "busy" | "restarting"; readonly retryAfterMs: number };

/** What waits: give it back to `remove`. */
export type Ticket = { readonly bytes: number; readonly since: number };

/** What waits to be stored on this node, in all rooms: the bounds behind the error `busy`. */
export class Backlog {
  readonly #clock: Pick<Clock, "elapsed">;
  /** In the order in which they came. */
  readonly #waiting = new Set<Ticket>();
  #bytes = 0;
  #refused = 0;
  #onEmpty: (() => void) | undefined;

  constructor(clock: Pick<Clock, "elapsed"> = systemClock) {
    this.#clock = clock;
  }

  /** Why another message may not wait, if so. */
  get refusal(): Refusal | undefined {
    if (this.#onEmpty !== undefined) return { code: "restarting", retryAfterMs: RETRY_MS.least };
    const waitedMs = this.#oldestMs();
    const isFull = this.#waiting.size >= MAX_WAITING_DRAFTS || this.#bytes >= MAX_WAITING_BYTES;
    if (!isFull && waitedMs < MAX_WAITING_MS) return undefined;
    // What waits now will be stored in about the time that the oldest has waited.
    const spread = 1 + SPREAD * ((++this.#refused * GOLDEN_RATIO) % 1);
    const retryAfterMs = Math.round(Math.max(RETRY_MS.least, waitedMs) * spread);
    return { code: "busy", retryAfterMs: Math.min(RETRY_MS.most, retryAfterMs) };
  }

  get drafts(): number {
    return this.#waiting.size;
  }

  /** About: what their texts take in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes nothing more. Resolves when all that was taken is stored, or has failed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#waiting.size === 0) resolve();
    });
  }

  add(text: string): Ticket {
    const ticket = { bytes: text.length * 2, since: this.#clock.elapsed() };
    this.#waiting.add(ticket);
    this.#bytes += ticket.bytes;
    return ticket;
  }

  remove(ticket: Ticket): void {
    this.#waiting.delete(ticket);
    this.#bytes -= ticket.bytes;
    if (this.#waiting.size === 0) this.#onEmpty?.();
  }

  #oldestMs(): number {
    const oldest = this.#waiting.values().next().value;
    return oldest === undefined ? 0 : this.#clock.elapsed() - oldest.since;
  }
}
