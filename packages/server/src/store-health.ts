import type { Log } from "./log/log.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Clock } from "./ports.ts";
import { StoreError } from "./store/errors.ts";
import type { Appended, Store } from "./store/store.ts";

/** What was stored so lately, in ms, shows that more can be. Probes come every second or so, from more than one. */
const FRESH_MS = 1_000;
/** A disk that takes longer than this, in ms, is as good as none. */
const PROBE_TIMEOUT_MS = 2_000;

/**
 * Whether the store can write, as seen by what it was given to write, and by a write of its own where that was
 * nothing of late: whom a balancer sends away from a full disk cannot find out that there is room again.
 */
export class StoreHealth {
  /** The same store, watched. */
  readonly store: Store;
  readonly #inner: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #meters: Meters;
  #trouble: { readonly reason: string; readonly since: number } | undefined;
  #knownAt = Number.NEGATIVE_INFINITY;
  /** When the last of all that was written was given to the store. */
  #wroteSince = Number.NEGATIVE_INFINITY;
  #probing: Promise<void> | undefined;

  constructor(of: { store: Store; clock: Clock; log: Log; meters: Meters }) {
    this.#inner = of.store;
    this.#clock = of.clock;
    this.#log = of.log;
    this.#meters = of.meters;
    this.store = { ...of.store, append: (room, drafts) => this.#watch(of.store.append(room, drafts)) };
  }

  /** Why nothing can be written, as far as is known. */
  get trouble(): string | undefined {
    return this.#trouble?.reason;
  }

  /** Finds out, unless that was done just now. @returns why nothing can be written, if so */
  async check(): Promise<string | undefined> {
    if (this.#clock.elapsed() - this.#knownAt >= FRESH_MS) {
      this.#probing ??= this.#probe().finally(() => {
        this.#probing = undefined;
      });
      await this.#probing;
    }
    return this.trouble;
  }

  async #probe(): Promise<void> {
    const since = this.#clock.elapsed();
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const timer = this.#clock.after(PROBE_TIMEOUT_MS, () => {
      reject(new Error(`The disk took longer than ${PROBE_TIMEOUT_MS / 1_000} s.`));
    });
    try {
      await Promise.race([this.#inner.probe(), tooLate]);
      this.#itWrites(since);
    } catch (error) {
      this.#knownAt = this.#clock.elapsed();
      this.#itFails(error);
    } finally {
      timer.cancel();
    }
  }

  async #watch(appending: Promise<readonly Appended[]>): Promise<readonly Appended[]> {
    const since = this.#clock.elapsed();
    try {
      const appended = await appending;
      const events = appended.reduce((count, { again }) => (again ? count : count + 1), 0);
      this.#meters.committed(events, this.#clock.elapsed() - since);
      // For what was there already nothing was written.
      if (events > 0) this.#itWrites(since);
      return appended;
    } catch (error) {
      // Other errors are about one room or one call, and so is this one where what came later was written.
      const isUnavailable = error instanceof StoreError && error.code === "unavailable";
      if (isUnavailable && since >= this.#wroteSince) {
        this.#knownAt = Number.NEGATIVE_INFINITY; // it may be the room all the same: whoever asks has it tried
        this.#itFails(error);
      }
      throw error;
    }
  }

  /** @param since when that was given to the store which is written now */
  #itWrites(since: number): void {
    const now = this.#clock.elapsed();
    this.#knownAt = now;
    this.#wroteSince = Math.max(this.#wroteSince, since);
    if (this.#trouble === undefined) return;
    const ms = Math.round(now - this.#trouble.since);
    this.#trouble = undefined;
    this.#log("store_recovered", { ms });
  }

  #itFails(error: unknown): void {
    const now = this.#clock.elapsed();
    const reason = error instanceof Error ? error.message : String(error);
    const wasFine = this.#trouble === undefined;
    this.#trouble = { reason, since: this.#trouble?.since ?? now };
    if (wasFine) this.#log("store_failing", { reason });
  }
}
