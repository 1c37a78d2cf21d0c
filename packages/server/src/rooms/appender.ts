import type { Meters } from "../metrics/meters.ts";
import type { Clock } from "../ports.ts";
import { type Appended, type Draft, MAX_APPEND, type Store } from "../store/store.ts";
import type { Backlog, Ticket } from "./backlog.ts";

/** Whoever sent a draft, and waits to hear what became of it. */
export type Sender = {
  /** It is on disk, and everybody in the room was told. */
  stored(appended: Appended): void;
  /** It may be on disk or not. */
  failed(draft: Draft): void;
};

type Waiting = { readonly draft: Draft; readonly sender: Sender; readonly ticket: Ticket };

/** A timer does not tell less, in ms. */
const SHORTEST_WAIT_MS = 1;

/**
 * What is sent to one room, in the order in which it came. At most one append is under way, and all that arrives
 * meanwhile is the next: the slower the disk, the larger the batch. What would have to wait for company once it is stored
 * waits before, so that it shares a commit as well as a write, and nobody hears of it later for that.
 */
export class Appender {
  readonly #room: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #backlog: Backlog;
  readonly #meters: Meters | undefined;
  readonly #waitMs: () => number;
  readonly #onFailed: () => void;
  readonly #onStored: (appended: readonly Appended[]) => void;
  #waiting: Waiting[] = [];
  #isRunning = false;
  /** How long the last append took. */
  #appendMs = 0;

  constructor(of: {
    room: string;
    store: Store;
    clock: Clock;
    backlog: Backlog;
    meters?: Meters | undefined;
    /** How long what is stored now will wait for company before the room hears of it, in ms. */
    waitMs: () => number;
    /** An append failed, and may have stored something all the same. */
    onFailed: () => void;
    /** Tells the room what is stored, before any sender is told. */
    onStored: (appended: readonly Appended[]) => void;
  }) {
    this.#room = of.room;
    this.#store = of.store;
    this.#clock = of.clock;
    this.#backlog = of.backlog;
    this.#meters = of.meters;
    this.#waitMs = of.waitMs;
    this.#onFailed = of.onFailed;
    this.#onStored = of.onStored;
  }

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  add(draft: Draft, sender: Sender): void {
    this.#waiting.push({ draft, sender, ticket: this.#backlog.add(this.#room, draft.text) });
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Not at once: what else this turn of the event loop brings shall share the commit.
      await new Promise<void>((resolve) => this.#clock.soon(resolve));
      await this.#waitForCompany();
      const batch = this.#waiting.slice(0, MAX_APPEND);
      const startedAt = this.#clock.elapsed();
      try {
        const drafts = batch.map(({ draft }) => draft);
        const appended = await this.#store.append(this.#room, drafts);
        this.#appendMs = this.#clock.elapsed() - startedAt;
        this.#succeed(batch, appended);
      } catch {
        this.#failAll();
        this.#onFailed();
      }
    }
    this.#isRunning = false;
  }

  /** So long that it is stored when the room is written to again, if an append takes as long as the last one. */
  async #waitForCompany(): Promise<void> {
    const ms = this.#waitMs() - this.#appendMs;
    if (ms >= SHORTEST_WAIT_MS) await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
  }

  #succeed(batch: readonly Waiting[], appended: readonly Appended[]): void {
    this.#waiting.splice(0, batch.length);
    this.#backlog.stored(batch.map(({ ticket }) => ticket));
    this.#onStored(appended);
    this.#meters?.delivered(this.#clock.elapsed() - batch[0]!.ticket.since);
    batch.forEach(({ sender }, index) => {
      sender.stored(appended[index]!);
    });
  }

  /** What waited behind fails as well: stored later, it would stand before what it came after (P4). */
  #failAll(): void {
    const all = this.#waiting.splice(0);
    this.#backlog.failed(all.map(({ ticket }) => ticket));
    for (const { draft, sender } of all) sender.failed(draft);
  }
}
