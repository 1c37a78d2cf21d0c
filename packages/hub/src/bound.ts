/** What one may hold however many are slow: who is only late for a moment has to get through. */
const LEAST_BYTES = 16 * 1024;

/**
 * What may wait for slow readers: for one, and for all of them together. Each may hold as much as is left of the whole,
 * so the more are slow, the less each has, and something is left for the next (A. K. Choudhury and E. L. Hahne, "Dynamic
 * queue length thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998).
 */
export class WaitingBound {
  readonly #ofOne: number;
  readonly #ofAll: number;
  readonly #passed: () => void;
  #bytes = 0;
  #willLook = false;

  /** @param of.passed more waits than may in all: whoever is cut for it is no longer counted when it returns */
  constructor(of: { ofOne: number; ofAll: number; passed: () => void }) {
    this.#ofOne = of.ofOne;
    this.#ofAll = of.ofAll;
    this.#passed = of.passed;
  }

  /** What waits for all. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What may wait for one of them now. */
  get ofOne(): number {
    return Math.min(this.#ofOne, Math.max(LEAST_BYTES, this.#ofAll - this.#bytes));
  }

  /** Whether more waits than may. */
  get isPassed(): boolean {
    return this.#bytes > this.#ofAll;
  }

  /** @param bytes more; fewer, when negative */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (!this.isPassed || this.#willLook) return;
    this.#willLook = true;
    // Not before the next turn: TLS takes nothing in this one, from whoever reads as well.
    setImmediate(() => {
      this.#willLook = false;
      if (this.isPassed) this.#passed();
    });
  }
}
