/** Most nodes that are remembered: whoever may publish on that Redis can send beats of as many names as they like. */
const MOST_NODES = 10_000;

/**
 * The other nodes that are known, and for how long nothing was heard of each.
 *
 * Silence is counted in ticks of this node's own timer rather than in time: while it stands still it hears nobody, and
 * that is no sign that anybody is gone. Timers that are late are not made up for.
 */
export class Leases {
  readonly #ticks: number;
  readonly #silentTicks = new Map<string, number>();

  /** @param ticks with so many in silence a node counts as gone */
  constructor(ticks: number) {
    this.#ticks = ticks;
  }

  /** @returns whether it is known, from now on at the latest */
  heard(node: string): boolean {
    if (!this.#silentTicks.has(node) && this.#silentTicks.size >= MOST_NODES) return false;
    this.#silentTicks.set(node, 0);
    return true;
  }

  /** @returns whether it was known */
  end(node: string): boolean {
    return this.#silentTicks.delete(node);
  }

  renewAll(): void {
    for (const node of this.#silentTicks.keys()) this.#silentTicks.set(node, 0);
  }

  /** @returns those that are gone with it */
  tick(): readonly string[] {
    const gone: string[] = [];
    for (const [node, silent] of this.#silentTicks) {
      if (silent + 1 >= this.#ticks) gone.push(node);
      this.#silentTicks.set(node, silent + 1);
    }
    for (const node of gone) this.#silentTicks.delete(node);
    return gone;
  }
}
