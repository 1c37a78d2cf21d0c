import { EventEmitter } from "node:events";
import type { Logger } from "./options.ts";

/**
 * An emitter whose listeners cannot take the server down, nor keep one another from hearing: what one throws, or
 * what its promise is rejected with, goes to the `error` listeners, or is logged where there are none.
 */
export class SafeEmitter<
  Events extends Record<keyof Events, unknown[]> & { error: [unknown] },
> extends EventEmitter<Events & Record<never, never>> {
  readonly #log: Logger;

  constructor(log: Logger) {
    super();
    this.#log = log;
  }

  /** @internal Calls every listener, and keeps to itself whatever they throw. */
  protected tell<Event extends keyof Events>(event: Event, ...args: Events[Event]): void {
    this.#call(event as string, args, (error) => this.report(error));
  }

  /** @internal */
  protected report(error: unknown): void {
    const told = this.#call("error", [error], (failure) => {
      this.#log.error("The error listener itself failed:", failure, "over:", error);
    });
    if (!told) this.#log.error("A callback failed:", error);
  }

  /** `false` when there is no listener. */
  #call(event: string, args: unknown[], onFailure: (error: unknown) => void): boolean {
    const listeners = EventEmitter.prototype.rawListeners.call(this, event);
    for (const listener of listeners) {
      try {
        const result: unknown = Reflect.apply(listener, this, args);
        if (result instanceof Promise) result.catch(onFailure);
      } catch (error) {
        onFailure(error);
      }
    }
    return listeners.length > 0;
  }
}
