import { setTimeout as pause } from "node:timers/promises";
import { StoreError } from "../errors.ts";
import { ConnectionLost, toStoreError } from "./failures.ts";
import type { Pool } from "./pool.ts";
import type { Backend } from "./session.ts";
import { SQL, type Statement } from "./statements.ts";

/** Between two attempts at a statement: the first pause, which doubles up to the last. */
const PAUSE_MS = { first: 20, last: 500 };

export function pauseBefore(attempt: number): number {
  return Math.min(PAUSE_MS.first * 2 ** attempt, PAUSE_MS.last);
}

/** What carries statements out, whatever happens to connections. */
export class Database {
  readonly #pool: Pool;
  readonly #place: string;
  readonly #patienceMs: number;

  constructor(of: { pool: Pool; place: string; patienceMs: number }) {
    this.#pool = of.pool;
    this.#place = of.place;
    this.#patienceMs = of.patienceMs;
  }

  deadline(): number {
    return performance.now() + this.#patienceMs;
  }

  /**
   * A statement that may be carried out twice: it is tried again where the connection was lost, or where PostgreSQL could
   * not do it just now, until its patience is at an end. Rejects with a `StoreError`.
   */
  async run<Row>(statement: Statement, values: unknown[] = []): Promise<Row[]> {
    const deadline = this.deadline();
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#inTime(this.once<Row>(statement, values, deadline), deadline);
      } catch (error) {
        const reason = this.toStoreError(error);
        const next = pauseBefore(attempt);
        if (reason.code !== "unavailable" || performance.now() + next >= deadline) throw reason;
        await pause(next);
      }
    }
  }

  /** One attempt. Where the connection is lost, it is over on the server as well before this rejects. */
  async once<Row>(statement: Statement, values: unknown[], deadline: number): Promise<Row[]> {
    const session = await this.#pool.take(deadline);
    let lost: ConnectionLost | undefined;
    try {
      return await session.query<Row>(statement, values);
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      lost = error;
    } finally {
      this.#pool.giveBack(session);
    }
    await this.#end(session.backend);
    throw lost;
  }

  /** What to tell whoever has waited long enough. */
  tooLate(): StoreError {
    return this.#pool.trouble ?? new StoreError("unavailable", "PostgreSQL gave no answer in time.");
  }

  toStoreError(error: unknown): StoreError {
    return toStoreError(error, this.#place);
  }

  /**
   * A server does not see at once that a connection is gone: it would carry out what it was sent after something else was
   * said about it. So it is told to end that process, and asked until it is no longer there. Takes as long as the server is away.
   */
  async #end({ pid, started }: Backend): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const session = await this.#pool.take(this.deadline());
        try {
          const still = await session.query(SQL.endBackend, [pid, started]);
          if (still.length === 0) return;
        } finally {
          this.#pool.giveBack(session);
        }
      } catch (error) {
        if (error instanceof StoreError && !error.retry) throw error;
      }
      await pause(pauseBefore(attempt));
    }
  }

  /** Rejects at the deadline; the work goes on. */
  #inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.tooLate()), deadline - performance.now());
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
