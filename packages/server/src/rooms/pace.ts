/** It is known how fast things go once they have gone on for so long, in ms; what was before is forgotten after ten times that. */
const KNOWN_AFTER_MS = 100;

/** How fast what waits is stored while something waits, as it was of late. */
export class Pace {
  #perMs: number | undefined;
  #since = 0;
  #count = 0;

  /** Nothing waited until now. */
  begin(now: number): void {
    this.#since = now;
    this.#count = 0;
  }

  /** So many were stored. */
  went(count: number, now: number): void {
    this.#count += count;
    const ms = now - this.#since;
    if (ms < KNOWN_AFTER_MS) return;
    this.#perMs = this.#count / ms;
    if (ms >= 10 * KNOWN_AFTER_MS) this.begin(now);
  }

  /** How many are stored in so many ms; as many as there are while nobody knows. */
  within(ms: number): number {
    return this.#perMs === undefined ? Number.POSITIVE_INFINITY : this.#perMs * ms;
  }
}
