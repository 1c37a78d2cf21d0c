import type { Clock, Timer } from "../ports.ts";

type Entry = { readonly at: number; readonly order: number; readonly run: () => void; isCancelled: boolean };

/**
 * Time that passes only when told to. What is due at the same moment happens in the order in which it was asked
 * for, each in a turn of its own, with all that follows from it by promises.
 */
export class FakeClock implements Clock {
  #now = 0;
  #order = 0;
  #entries: Entry[] = [];
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
    this.#entries.push(entry);
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
    for (let entry = this.#take(end); entry !== undefined; entry = this.#take(end)) {
      this.#now = Math.max(this.#now, entry.at);
      entry.run();
      await settled();
      this.onTurnEnd();
      await settled();
    }
    this.#now = end;
  }

  #take(until: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.isCancelled || entry.at > until) continue;
      if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order))
        first = entry;
    }
    this.#entries = this.#entries.filter((entry) => entry !== first && !entry.isCancelled);
    return first;
  }
}

/** All that is already on its way by promises has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
