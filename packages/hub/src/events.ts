import { EventEmitter } from "node:events";
import type { Logger } from "./options.ts";

/**
 * An emitter whose listeners cannot take the server down: what one throws, or what its promise is rejected with,
 * goes to the `error` listeners, or is logged where there are none.
 */
export class SafeEmitter<
  Events extends Record<keyof Events, unknown[]> & { error: [unknown] },
> extends EventEmitter<Events & Record<never, never>> {
  readonly #log: Logger;

  constructor(log: Logger) {
    super({ captureRejections: true });
    this.#log = log;
  }

  /** @internal Emits, and keeps to itself whatever a listener throws. */
  protected tell<Event extends keyof Events>(event: Event, ...args: Events[Event]): void {
    try {
      this.#emit(event as string, args);
    } catch (error) {
      this.report(error);
    }
  }

  /** @internal */
  protected report(error: unknown): void {
    try {
      if (this.#emit("error", [error])) return;
    } catch (failure) {
      // Without a listener, emit() throws the error it was to report.
      if (failure !== error) this.#log.error("The error listener itself failed:", failure);
    }
    this.#log.error("A callback failed:", error);
  }

  /** Node calls this with what a listener's promise was rejected with. */
  [Symbol.for("nodejs.rejection")](error: unknown): void {
    this.report(error);
  }

  #emit(event: string, args: unknown[]): boolean {
    return EventEmitter.prototype.emit.call(this, event, ...args);
  }
}
