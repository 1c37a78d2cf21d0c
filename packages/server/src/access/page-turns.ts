import { networkOf } from "@natter/hub";
import type { Connection } from "../ports.ts";

/** Pages of one address that are read at a time: enough to keep the thread that reads busy, and a few ms of its work. */
export const PAGES_AT_A_TIME = 8;

type Queue = { underWay: number; readonly waiting: (() => void)[] };

/**
 * Lets each address have so many pages of the log read at a time, and the others of its pages wait for their turn, one
 * of each connection, for a connection asks for one after the other.
 *
 * The attack is a hundred connections of one address that ask for history without end: the store reads in the order in
 * which it is asked, so everybody's joins and pages waited behind all of theirs. Now they wait for at most so many of
 * each address, while the address itself gets its pages no later than before.
 */
export class PageTurns {
  readonly #byAddress = new Map<string, Queue>();

  /**
   * @param read is not called where the connection is gone by then: nobody needs that page any more
   * @returns undefined then
   * @throws what `read` throws
   */
  async take<T>(connection: Connection, read: () => Promise<T>): Promise<T | undefined> {
    const address = networkOf(connection.address);
    const queue = this.#byAddress.get(address) ?? { underWay: 0, waiting: [] };
    this.#byAddress.set(address, queue);
    // Whoever is done hands on its turn, so the count stays.
    if (queue.underWay < PAGES_AT_A_TIME) queue.underWay++;
    else await new Promise<void>((resolve) => queue.waiting.push(resolve));
    try {
      return connection.isOpen ? await read() : undefined;
    } finally {
      this.#handOn(address, queue);
    }
  }

  #handOn(address: string, queue: Queue): void {
    const next = queue.waiting.shift();
    if (next !== undefined) next();
    else if (--queue.underWay === 0) this.#byAddress.delete(address);
  }
}
