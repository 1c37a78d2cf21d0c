/**
 * How long a room rests after it was written to, so that what is published meanwhile shares the next write.
 *
 * A write to a room costs its members times some 5 µs, whatever the number of frames in it. If messages come at a rate r
 * and the room rests for w, a write is shared by r × w of them: the processor pays cost / (r × w) for each, and each
 * waits w / 2. The sum of what the one and the other are worth is least where w² = 2 × cost / (r × price of waiting),
 * the square root of every trade between ordering and storing (Harris, "How many parts to make at once", 1913). r is not
 * measured: the last write had r × w frames in it, so w = WORTH × cost / frames comes to the same w by itself.
 *
 * So nobody waits where messages come seldom (the room has long rested), where few are written to (the cost is next to
 * nothing), or where the loop is so busy that many frames share a write anyway. WORTH was chosen by measurement: see
 * docs/decisions/0011-the-window.md.
 */
const WORTH = 40;

/** What a write to one client costs before any was measured, in ms. */
const FIRST_GUESS_MS = 0.005;
/** The weight of the newest measurement: some thirty of them count. */
const NEWEST = 1 / 16;
/** A turn with fewer writes is measured by a clock that is too coarse. */
const LEAST_WRITES = 8;

/** What a write to one client costs here and now, and how long a room rests because of it. */
export class WriteCost {
  readonly #maxWindowMs: number;
  #writeMs = FIRST_GUESS_MS;

  constructor(maxWindowMs: number) {
    this.#maxWindowMs = maxWindowMs;
  }

  /** So many clients were written to in so many ms. */
  measured(writes: number, ms: number): void {
    if (writes >= LEAST_WRITES) this.#writeMs += (ms / writes - this.#writeMs) * NEWEST;
  }

  /** @param frames in the write that is made now */
  windowMs(members: number, frames: number): number {
    return Math.min(this.#maxWindowMs, (WORTH * members * this.#writeMs) / frames);
  }
}
