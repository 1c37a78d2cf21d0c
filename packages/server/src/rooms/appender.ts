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

/**
 * What is sent to one room, in the order in which it came. At most one append is under way, and all that arrives
 * meanwhile is the next: the slower the disk, the larger the batch.
 */
export class Appender {
  readonly #room: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #backlog: Backlog;
  readonly #meters: Meters | undefined;
  readonly #onFailed: () => void;
  readonly #onStored: (appended: readonly Appended[]) => void;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(of: {
    room: string;
    store: Store;
    clock: Clock;
    backlog: Backlog;
    meters?: Meters | undefined;
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
    // Not at once: what else this turn of the event loop brings shall share the commit.
    this.#clock.soon(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_APPEND);
      try {
        const drafts = batch.map(({ draft }) => draft);
        this.#succeed(batch, await this.#store.append(this.#room, drafts));
      } catch {
        this.#failAll();
        this.#onFailed();
      }
    }
    this.#isRunning = false;
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
