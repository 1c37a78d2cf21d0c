/** An event of no name, for those who wait in a loop. */
const END = "";

type Listener<Arguments extends unknown[]> = (...given: Arguments) => void;

/** Takes the listener away again; called at the end of the block where it stands in a `using`. */
export interface Off extends Disposable {
  (): void;
}

/**
 * Tells listeners, in the order of their coming. One that throws stops nobody else, and not the client: its error is an
 * uncaught one, as with events of the platform.
 */
export class Emitter<Events extends Record<keyof Events, unknown[]>> {
  readonly #listeners = new Map<PropertyKey, Set<Listener<never>>>();
  #isOver = false;

  /** Calls the listener at each such event from now on, until what this returns is called. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): Off {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // Wrapped, so that the same function given twice is two listeners.
    const mine: Listener<Events[Name]> = (...given) => listener(...given);
    listeners.add(mine);
    const off = () => void listeners.delete(mine);
    return Object.assign(off, { [Symbol.dispose]: off });
  }

  /**
   * The same events for `for await`, from now on: the first argument of each. What is not asked for yet waits. The loop
   * ends with what it listens to, a room that is left or a client that is closed.
   */
  async *each<Name extends keyof Events>(name: Name): AsyncGenerator<Events[Name][0], void, undefined> {
    const waiting: Events[Name][0][] = [];
    let wake = () => {};
    const off = this.on(name, (...given) => {
      waiting.push(given[0]);
      wake();
    });
    const offEnd = this.on(END as Name, () => wake());
    // Not `using`: some browsers do not know it yet.
    try {
      for (;;) {
        while (waiting.length > 0) yield* waiting.splice(0);
        if (this.#isOver) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      off();
      offEnd();
    }
  }

  /** @internal */
  emit<Name extends keyof Events>(name: Name, ...given: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as Listener<unknown[]>)(...given);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** @internal Nothing more will be told. */
  end(): void {
    this.#isOver = true;
    this.emit(END as keyof Events, ...([] as unknown as Events[keyof Events]));
  }
}
