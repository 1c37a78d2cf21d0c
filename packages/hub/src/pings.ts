/** Seconds' worth of control frames that may come at once. */
const BURST_SECONDS = 5;

/**
 * Counts the pings and pongs of one client. `ws` answers each ping by itself, before anybody could count a message:
 * a client that sends nothing else would keep a core busy, and is alive by all other limits.
 */
export class ControlRate {
  readonly #perSecond: number;
  #left: number;
  #at = 0;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond * BURST_SECONDS;
  }

  /** @returns whether one more is within the rate */
  take(now: number): boolean {
    if (this.#perSecond === 0) return true;
    const gained = this.#at === 0 ? 0 : ((now - this.#at) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond * BURST_SECONDS, this.#left + gained) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}
