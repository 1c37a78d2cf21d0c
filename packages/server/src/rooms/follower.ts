import type { Clock } from "../ports.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import { isOther, type LastEvent, lastOf } from "./last-event.ts";

/** Events read at a time to close a hole. */
const REPAIR_EVENTS = 500;
/** How long to wait, in ms, until the log is asked again when it could not be read. */
const REPAIR_PAUSE_MS = 500;

type Seq = { readonly seq: number };

type FollowerParts = {
  readonly room: string;
  readonly store: Store;
  readonly clock: Clock;
  /** Takes the next event. */
  readonly give: (event: StoredEvent) => void;
  /** Events were passed over: they were trimmed before anybody here got them. */
  readonly passedOver: () => void;
  /** What was given may not be in the log any more. Nothing is given before this returns. */
  readonly rolledBack: () => void;
};

/**
 * Goes along a room's log and gives each event once and in order, however the hints about it come (P2, P5): where one is
 * missing, it reads it. It also finds out where the log is that of an earlier moment, as after a failover that lost
 * what it had acknowledged.
 */
export class Follower {
  readonly #parts: FollowerParts;
  #state: "opening" | "open" | "closed" = "opening";
  /** The seq up to which everything was given. */
  #delivered = 0;
  #last: LastEvent = {};
  /** On which what was given last is known to be in the log. */
  #server: string | undefined;
  /** The highest seq of those that were appended here: whoever sent it waits for it. */
  #stored = 0;
  /** The highest seq that a hint spoke of. */
  #hinted = 0;
  #repairing: Promise<void> | undefined;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** That event by id and time; empty in an empty room, or where it was trimmed. */
  get last(): LastEvent {
    return this.#last;
  }

  get isReading(): boolean {
    return this.#repairing !== undefined;
  }

  /** What was given is in the log; as long as that is not known, nothing more of it is to be given to anybody. */
  get isSure(): boolean {
    return this.#state === "open" && this.#server === this.#parts.store.server();
  }

  /**
   * Begins at the head. What is told of meanwhile is given afterwards, once there is another hint.
   *
   * @throws {StoreError}
   */
  async open(): Promise<void> {
    const { store, room } = this.#parts;
    const server = store.server();
    const { head, events } = await store.read(room, { before: Number.MAX_SAFE_INTEGER, limit: 1 });
    if (this.#state !== "opening") return;
    this.#server = server;
    this.#delivered = head;
    this.#last = lastOf(events[0]);
    this.#state = "open";
  }

  close(): void {
    this.#state = "closed";
  }

  /** Events that were stored by this node, or were before: trimmed ones as well. */
  stored(events: readonly Seq[]): void {
    if (this.isSure) this.#stored = mostOf(events, this.#stored);
  }

  /** Takes what a hint brings, or an append. */
  take(events: readonly StoredEvent[]): undefined {
    if (events.some((event) => event.seq === this.#delivered && isOther(event, this.#last))) this.doubt();
    if (this.isSure) this.#giveNext(events);
    else this.doubt();
    // Among what was appended an old event may stand behind new ones.
    this.hint(mostOf(events, 0));
  }

  /** The log has events up to this one, whoever stored them. */
  hint(head: number): void {
    this.#hinted = Math.max(this.#hinted, head);
    if (this.#state === "open" && this.#hinted > this.#delivered) void this.repair();
  }

  /** The log may be that of an earlier moment: nothing more is given until it is known that what was given last is in it. */
  doubt(): void {
    this.#server = undefined;
    if (this.#state === "open") void this.repair();
  }

  /** Resolves when everything up to that seq, which the log has, was given. */
  async reach(head: number): Promise<void> {
    this.hint(head);
    if (!this.isSure || this.#delivered < head) await this.repair();
  }

  /** Reads from the log what no hint brought, or what a failed append stored after all, as soon as it can be read. */
  repair(): Promise<void> {
    this.#repairing ??= this.#readUntilDone().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  #giveNext(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (event.seq !== this.#delivered + 1) continue;
      this.#delivered = event.seq;
      this.#last = lastOf(event);
      this.#parts.give(event);
    }
  }

  #passOver(seq: number): void {
    this.#delivered = seq;
    this.#last = {};
    this.#parts.passedOver();
  }

  #rollBack(): void {
    this.#state = "opening";
    this.#delivered = 0;
    this.#last = {};
    this.#stored = 0;
    this.#hinted = 0;
    this.#parts.rolledBack();
  }

  async #readUntilDone(): Promise<void> {
    while (this.#state !== "closed") {
      try {
        return await this.#readOn();
      } catch {
        await new Promise<void>((resolve) => this.#parts.clock.after(REPAIR_PAUSE_MS, resolve));
      }
    }
  }

  /**
   * Gives all that is in the log now.
   *
   * @throws {StoreError}
   */
  async #readOn(): Promise<void> {
    const { store, room } = this.#parts;
    for (;;) {
      if (this.#state === "opening") await this.open();
      const [hinted, delivered, known, server] = [
        this.#hinted,
        this.#delivered,
        this.#server,
        store.server(),
      ];
      const isSure = known === server;
      // Another server may lack what was given last, or have something else there.
      const after = isSure ? delivered : Math.max(0, delivered - 1);
      const { events, head, first } = await store.read(room, { after, limit: REPAIR_EVENTS });
      if (this.#server !== known) continue; // doubted meanwhile
      const there = events.find(({ seq }) => seq === delivered);
      const isLost = head < delivered || delivered < this.#stored;
      if (!isSure && (isLost || (there !== undefined && isOther(there, this.#last)))) {
        this.#rollBack();
        continue;
      }
      this.#server = server;
      // What was trimmed before anybody here got it is gone; those who lack it are told when they resume.
      if (first > this.#delivered + 1) this.#passOver(first - 1);
      this.#giveNext(events);
      if (this.#delivered < head || this.#hinted > hinted) continue; // more came while it was read
      // A hint of more than the log has is none: the log is the truth.
      this.#hinted = this.#delivered;
      return;
    }
  }
}

function mostOf(events: readonly Seq[], least: number): number {
  return events.reduce((most, { seq }) => Math.max(most, seq), least);
}
