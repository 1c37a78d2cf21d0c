import type { Connection } from "../ports.ts";
import type { Intake } from "./intake.ts";

/** Tasks that may wait for the one before them until no more is read: what one read of the socket may bring. */
const PAUSE_ABOVE = 256;
/** What may wait for a client, in bytes, before no more of its requests are read or done: each could bring a page. */
const MAX_UNTAKEN_BYTES = 256 * 1024;

/** Whether a client has to take something before more of its requests are done: sooner, where many are slow. */
export function hasMuchToTake({ waitingBytes, mayWaitBytes }: Connection): boolean {
  return waitingBytes > Math.min(MAX_UNTAKEN_BYTES, mayWaitBytes);
}

/** `undefined`: it is done already. It must not throw or reject. */
type Task = () => Promise<void> | undefined;

/**
 * Does what the frames of one connection ask, one after the other, in the order in which they came (F6). Most is
 * done at once; while something takes time (a join, a page of history), what is behind it waits, and the socket too.
 */
export class TaskQueue {
  readonly #connection: Connection;
  readonly #intake: Intake;
  readonly #waiting: Task[] = [];
  #isBusy = false;

  constructor(connection: Connection, intake: Intake) {
    this.#connection = connection;
    this.#intake = intake;
  }

  add(task: Task): void {
    if (!this.#isBusy) {
      this.#run(task);
      return;
    }
    this.#waiting.push(task);
    if (this.#waiting.length > PAUSE_ABOVE) this.#intake.pause("tasks");
  }

  #run(task: Task): void {
    const done = task();
    if (done === undefined) return;
    this.#isBusy = true;
    void done.then(() => this.#whenTaken(() => this.#next()));
  }

  /** One read of the socket may bring hundreds of requests for a page: the next is made when this one is taken. */
  #whenTaken(callback: () => void): void {
    if (hasMuchToTake(this.#connection)) this.#connection.whenDrained(callback);
    else callback();
  }

  #next(): void {
    this.#isBusy = false;
    while (!this.#isBusy) {
      const task = this.#waiting.shift();
      if (task === undefined) break;
      this.#run(task);
    }
    if (this.#waiting.length === 0) this.#intake.resume("tasks");
  }
}
