import { StoreError } from "../errors.ts";
import type { Session } from "./session.ts";

/** Between two attempts to connect: the first pause, which doubles up to the last. */
const PAUSE_MS = { first: 20, last: 500 };
/** Calls that may wait for a session. Each holds its arguments. */
const MAX_WAITING = 10_000;

/** Rejects with a `StoreError`. */
export type OpenSession = () => Promise<Session>;

interface Waiter {
  give(session: Session): void;
  fail(error: StoreError): void;
}

/** A few sessions, opened when they are needed. While the server is away, whoever wants one waits, up to a deadline. */
export class Pool {
  readonly #open: OpenSession;
  readonly #size: number;
  #free: Session[] = [];
  readonly #waiting = new Set<Waiter>();
  /** Sessions that are free, in use, or being opened. */
  #count = 1;
  #timeline = "";
  #pauseMs = PAUSE_MS.first;
  #pause: NodeJS.Timeout | undefined;
  #trouble: StoreError | undefined;
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(of: { first: Session; open: OpenSession; size: number }) {
    this.#open = of.open;
    this.#size = of.size;
    this.#admit(of.first);
  }

  /** Of the server that the last session was opened to. */
  get timeline(): string {
    return this.#timeline;
  }

  /** Why the server could not be reached at the last attempt, if so. */
  get trouble(): StoreError | undefined {
    return this.#trouble;
  }

  /** @param deadline of `performance.now()`; then it rejects with what keeps the server away */
  take(deadline: number): Promise<Session> {
    if (this.#closed !== undefined) return Promise.reject(new StoreError("closed", "The store is closed."));
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(tooMuch());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.fail(this.#trouble ?? tooMuch()), deadline - performance.now());
      const waiter: Waiter = {
        give: (session) => {
          clearTimeout(timer);
          resolve(session);
        },
        fail: (error) => {
          clearTimeout(timer);
          this.#waiting.delete(waiter);
          reject(error);
        },
      };
      this.#waiting.add(waiter);
      this.#grow();
    });
  }

  /** Of every session that was taken, once. */
  giveBack(session: Session): void {
    if (session.isLost) {
      this.#count -= 1;
      this.#grow();
      this.#mayHaveEnded();
    } else {
      this.#offer(session);
    }
  }

  /** Refuses what comes now, waits for the sessions in use and ends them all. */
  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      clearTimeout(this.#pause);
      for (const waiter of this.#waiting) waiter.fail(new StoreError("closed", "The store is closed."));
      const free = this.#free;
      this.#free = [];
      for (const session of free) this.#end(session);
      this.#mayHaveEnded();
    }
    return this.#closed.promise;
  }

  #admit(session: Session): void {
    session.onLost = () => this.#dropFree(session);
    this.#timeline = session.timeline;
    this.#offer(session);
  }

  #offer(session: Session): void {
    const [next] = this.#waiting;
    if (this.#closed !== undefined) this.#end(session);
    else if (next === undefined) this.#free.push(session);
    else {
      this.#waiting.delete(next);
      next.give(session);
    }
  }

  #grow(): void {
    if (this.#closed !== undefined || this.#pause !== undefined) return;
    if (this.#waiting.size === 0 || this.#count >= this.#size) return;
    this.#count += 1;
    void this.#openOne();
  }

  async #openOne(): Promise<void> {
    try {
      this.#admit(await this.#open());
      this.#pauseMs = PAUSE_MS.first;
      this.#trouble = undefined;
      this.#grow();
    } catch (error) {
      this.#count -= 1;
      this.#failed(error as StoreError);
    }
  }

  #failed(error: StoreError): void {
    this.#trouble = error;
    if (error.code === "damaged") {
      for (const waiter of this.#waiting) waiter.fail(error);
    }
    this.#mayHaveEnded();
    if (this.#closed !== undefined || this.#pause !== undefined) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#grow();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.last);
  }

  /** One that nobody uses; one in use comes back by itself. */
  #dropFree(session: Session): void {
    if (!this.#free.includes(session)) return;
    this.#free = this.#free.filter((each) => each !== session);
    this.#count -= 1;
  }

  #end(session: Session): void {
    const ended = (): void => {
      this.#count -= 1;
      this.#mayHaveEnded();
    };
    session.end().then(ended, ended);
  }

  #mayHaveEnded(): void {
    if (this.#count === 0) this.#closed?.resolve();
  }
}

function tooMuch(): StoreError {
  return new StoreError("unavailable", "PostgreSQL has too much to do.");
}
