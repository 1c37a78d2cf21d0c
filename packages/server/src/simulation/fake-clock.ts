import type { Clock, Timer } from "../ports.ts";

type Entry = { readonly at: number; readonly order: number; readonly run: () => void; isCancelled: boolean };

/**
 * Time that passes only when told to. What is due at the same moment happens in the order in which it was asked
 * for, each in a turn of its own, with all that follows from it by promises.
 */
export class FakeClock implements Clock {
  #now = 0;
  #order = 0;
  /** What is due last comes first. */
  readonly #entries: Entry[] = [];
  /** Called after each turn. */
  onTurnEnd: () => void = () => {};

  /** Off by a lot, and it jumps: nothing may depend on it. */
  wallOffsetMs = 1_700_000_000_000;

  now(): number {
    return this.wallOffsetMs + this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const entry: Entry = { at: this.#now + ms, order: ++this.#order, run, isCancelled: false };
    this.#entries.splice(this.#placeOf(entry.at), 0, entry);
    return {
      cancel: () => {
        entry.isCancelled = true;
      },
    };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (
      let entry = this.#entries.at(-1);
      entry !== undefined && entry.at <= end;
      entry = this.#entries.at(-1)
    ) {
      this.#entries.pop();
      if (entry.isCancelled) continue;
      this.#now = Math.max(this.#now, entry.at);
      entry.run();
      await settled();
      this.onTurnEnd();
      await settled();
    }
    this.#now = end;
  }

  /** Before all that is due earlier or was asked for earlier. */
  #placeOf(at: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.at > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** All that is already on its way by promises has happened: Node takes the next tick when no promise has anything left. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
