import type { Connection } from "../ports.ts";

/** Stops reading from a connection for as long as there is any reason to. */
export class Intake {
  readonly #connection: Connection;
  readonly #reasons = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  pause(reason: string): void {
    if (this.#reasons.size === 0) this.#connection.pause();
    this.#reasons.add(reason);
  }

  resume(reason: string): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#connection.resume();
  }
}
