import { TokenBucket } from "./token-bucket.ts";

/** How often those that are full again are forgotten, in ms. */
const SWEEP_MS = 10_000;

type Kept = { readonly bucket: TokenBucket; last: string | undefined };

/** A token bucket for each of many, such as people or addresses. It outlives them, or whoever comes back would begin anew. */
export class KeyedBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #byKey = new Map<string, Kept>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /**
   * Takes one of a key's tokens, and returns 0; or, where none is left, after how many ms there is one.
   *
   * @param change that it is for: none costs nothing; `from` is what was taken last, where nobody knows it otherwise
   */
  take(
    key: string,
    now: number,
    change?: { readonly from: string | undefined; readonly to: string },
  ): number {
    this.#forgetTheFull(now);
    const kept = this.#byKey.get(key) ?? this.#add(key, now);
    if (change !== undefined && (change.from ?? kept.last) === change.to) return 0;
    const waitMs = Math.ceil(kept.bucket.waitForMs(1, now));
    if (waitMs > 0) return waitMs;
    kept.bucket.spend(1, now);
    kept.last = change?.to;
    return 0;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#byKey.size;
  }

  #add(key: string, now: number): Kept {
    const kept = { bucket: new TokenBucket(this.#perSecond, this.#burst, now), last: undefined };
    this.#byKey.set(key, kept);
    return kept;
  }

  /** One that is made anew is as full. */
  #forgetTheFull(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [key, { bucket }] of this.#byKey) if (bucket.isFull(now)) this.#byKey.delete(key);
  }
}
