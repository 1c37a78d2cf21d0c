/**
 * Counts what somebody does against a rate, with room for bursts.
 *
 * Spending never fails: it runs into debt, and the caller decides what a debt means. That is because a paused
 * socket still delivers what was already read, and that should count as well.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #maxDebt: number;
  #tokens: number;
  #at: number;

  /**
   * @param now a time in ms from a clock that never goes back
   * @param maxDebt tokens that can be owed; what is spent beyond is forgotten
   */
  constructor(perSecond: number, burst: number, now: number, maxDebt = Number.POSITIVE_INFINITY) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#maxDebt = maxDebt;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes tokens, whether or not there are any. */
  spend(count: number, now: number): void {
    const tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#tokens = Math.max(-this.#maxDebt, tokens - count);
    this.#at = now;
  }

  /** How long until so many tokens are there, in ms; 0 if they are. */
  waitForMs(count: number, now: number): number {
    this.spend(0, now);
    return Math.max(0, count - this.#tokens) / this.#perMs;
  }

  /** Whether so many can be spent and not be forgotten. */
  canOwe(count: number, now: number): boolean {
    this.spend(0, now);
    return this.#tokens - count >= -this.#maxDebt;
  }

  /** Whether it is as good as new. */
  isFull(now: number): boolean {
    this.spend(0, now);
    return this.#tokens >= this.#burst;
  }

  /** How many tokens were spent that were not there. */
  get debt(): number {
    return Math.max(0, -this.#tokens);
  }
}
