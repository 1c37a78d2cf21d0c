import type { Clock } from "./environment.ts";

/** Frames behind `hello` before `welcome` tells the limits: joins, within what any server lets through at once. */
const FIRST_FRAMES = 8;
/** For a server without a limit: more than there could be. */
const NO_LIMIT = 1e9;

/**
 * Keeps the client within the server's rate (M1), so that it is never refused, let alone closed for going on (M3).
 * Half the burst is left for what goes out unasked, and for a clock that runs differently.
 */
export class Pace {
  readonly #clock: Clock;
  #left = 0;
  #burst = 0;
  #perSecond = 0;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new connection. */
  begin(): void {
    this.#left = this.#burst = FIRST_FRAMES;
    this.#perSecond = 0;
    this.#at = this.#clock.elapsed();
  }

  /** What `welcome` said; 0 a second is no limit. */
  allow(perSecond: number, burst: number): void {
    this.#refill();
    const before = this.#burst;
    this.#perSecond = perSecond > 0 ? perSecond : NO_LIMIT;
    this.#burst = perSecond > 0 ? Math.max(1, burst / 2) : NO_LIMIT;
    this.#left += this.#burst - before;
  }

  /** Counts a frame that goes out. */
  take(): void {
    this.#refill();
    this.#left--;
  }

  /** After how many ms the next frame may go; 0: now. Infinity: not before the limits are known. */
  waitMs(): number {
    this.#refill();
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#perSecond) * 1_000);
  }

  /** The server counts differently, or somebody else at this address talks: nothing more for so long, in ms. */
  exhaust(ms: number): void {
    this.#left = Math.min(this.#left, 1 - (ms / 1_000) * this.#perSecond);
  }

  #refill(): void {
    const now = this.#clock.elapsed();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
  }
}
