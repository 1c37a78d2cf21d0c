import type { Environment, Locks } from "./environment.ts";
import { type ChatError, storageFailed } from "./errors.ts";
import type { Outbox } from "./outbox.ts";
import { Retry } from "./retry.ts";
import type { MessageRecord, OutboxStorage } from "./storage/storage.ts";

/** How often one looks for what others left, in ms. Mostly the next tab comes into view then, and looks at once. */
const LOOK_EVERY_MS = 10_000;

type Of = {
  readonly env: Environment;
  readonly storage: OutboxStorage;
  readonly owner: string;
  readonly outbox: Outbox;
  readonly report: (error: ChatError) => void;
};

/**
 * Sends what clients that are gone left in the storage, tabs that were closed above all: always the whole queue of one,
 * in its order. That two send the same queue harms nobody, for ids say what is what (P3): a lock only saves the traffic.
 * Where there are locks, each client holds one for its life, and who gets the lock of another knows that it is gone.
 * Where there are none, what is there at the beginning is taken, and later what is still there at the second look.
 */
export class Adoption {
  readonly #of: Of;
  readonly #retry: Retry;
  readonly #closing = new AbortController();
  /** Owners whose lock is waited for, and whether it is held. */
  readonly #isHeld = new Map<string, boolean>();
  #seen: ReadonlySet<string> | undefined;
  #session: string | undefined;
  #isStopped = false;
  #unwatch = () => {};

  constructor(of: Of) {
    this.#of = of;
    this.#retry = new Retry(of.env, () => void this.#look());
  }

  /** @param session whose messages are taken over: nobody sends another person's */
  begin(session: string): void {
    this.#session = session;
    const { locks, surroundings } = this.#of.env;
    // Held until the tab is gone, however it goes.
    if (locks) void this.#whileLocked(locks, this.#of.owner, () => this.#whenClosing());
    this.#unwatch = surroundings.watch((happening) => happening === "visible" && this.#lookNow());
    void this.#look();
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#retry.stop();
    this.#unwatch();
  }

  /** Lets go of the locks, when all is written: whoever takes over must find the whole queue. */
  release(): void {
    this.#closing.abort();
  }

  #lookNow(): void {
    if (!this.#retry.isWaiting) return; // one looks already
    this.#retry.stop();
    void this.#look();
  }

  async #look(): Promise<void> {
    try {
      await this.#adoptLeft();
      this.#retry.worked();
      if (!this.#isStopped) this.#retry.wait(LOOK_EVERY_MS);
    } catch (cause) {
      this.#failed(cause);
      if (!this.#isStopped) this.#retry.wait();
    }
  }

  async #adoptLeft(): Promise<void> {
    const { env, owner: me, outbox, storage } = this.#of;
    const records = await storage.records();
    const others = records.filter(
      ({ session, owner, id }) => session === this.#session && owner !== me && !outbox.knows(id),
    );
    for (const owner of new Set(others.map((record) => record.owner))) {
      const isHeld = this.#isHeld.get(owner);
      if (env.locks && !isHeld) this.#watch(env.locks, owner);
      else if (isHeld || this.#isLeft(others, owner)) await this.#adopt(owner);
    }
    this.#seen = new Set(others.map(({ id }) => id));
  }

  #isLeft(records: readonly MessageRecord[], owner: string): boolean {
    const seen = this.#seen;
    return seen === undefined || records.some((record) => record.owner === owner && seen.has(record.id));
  }

  #watch(locks: Locks, owner: string): void {
    if (this.#isHeld.has(owner)) return;
    this.#isHeld.set(owner, false);
    void this.#whileLocked(locks, owner, async () => {
      this.#isHeld.set(owner, true);
      // Where this fails, the next look tries again.
      await this.#adopt(owner).catch((cause) => this.#failed(cause));
      await this.#whenClosing();
    });
  }

  async #adopt(owner: string): Promise<void> {
    const adopted = await this.#of.storage.adopt(owner);
    if (!this.#isStopped) this.#of.outbox.adopt(adopted);
  }

  async #whileLocked(locks: Locks, owner: string, run: () => Promise<void>): Promise<void> {
    try {
      await locks.request(`natter ${owner}`, { signal: this.#closing.signal }, run);
    } catch (cause) {
      this.#isHeld.delete(owner);
      if (!this.#closing.signal.aborted) this.#failed(cause);
    }
  }

  #whenClosing(): Promise<void> {
    return new Promise((resolve) => this.#closing.signal.addEventListener("abort", () => resolve()));
  }

  #failed(cause: unknown): void {
    if (this.#retry.attempts > 0 || this.#isStopped) return;
    this.#of.report(storageFailed(cause));
  }
}
