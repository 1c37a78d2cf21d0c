import { encodeServerFrame, type Person } from "@natter/protocol";
import type { Bus, Hint } from "../bus/bus.ts";
import type { Meters } from "../metrics/meters.ts";
import { said } from "../plain/sentences.ts";
import type { Channels, Clock, Connection } from "../ports.ts";
import type { Presence } from "../presence/presence.ts";
import type { RoomPresence } from "../presence/room-presence.ts";
import type { Appended, Draft, Store, StoredEvent } from "../store/store.ts";
import { Appender, type Sender } from "./appender.ts";
import type { Backlog } from "./backlog.ts";
import { frameChannel, sentenceChannel } from "./channels.ts";
import { encodeEvent } from "./event-frame.ts";

/** How long a room that opens waits until it hears hints, in ms: a Redis that is slow must not keep people out. */
const HEARING_MS = 250;
/** Events read at a time to close a hole. */
const REPAIR_EVENTS = 500;
/** How long to wait, in ms, until the log is asked again when it could not be read. */
const REPAIR_PAUSE_MS = 500;

export type RoomParts = {
  readonly store: Store;
  readonly bus: Bus;
  readonly presence: Presence;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly backlog: Backlog;
  readonly meters?: Meters;
  /** Hears that a room's log was rolled back. */
  readonly onRollback?: () => void;
};

/** What a client comes back with, to tell whether the log is still the one it knows. */
export type LastEvent = { readonly last?: string; readonly lastAt?: number };

/**
 * A room on this node: takes what is sent to its log, and delivers what is in the log to those who are live in it,
 * each event once and in order, however the hints about it come (P2, P5).
 */
export class Room {
  readonly name: string;
  readonly #parts: RoomParts;
  readonly #appender: Appender;
  readonly #frames: string;
  readonly #sentences: string;
  /** The seq up to which everything was delivered here. */
  #delivered = 0;
  #last: LastEvent = {};
  /** On which what was delivered last is known to be in the log. */
  #server: string | undefined;
  /** The highest seq of those that were appended here: whoever sent it waits for it. */
  #stored = 0;
  /** The highest seq that a hint spoke of. */
  #hinted = 0;
  #repairing: Promise<void> | undefined;
  #presence!: RoomPresence;
  #unsubscribe: (() => void) | undefined;
  #state: "opening" | "open" | "closed" = "opening";
  /** Plain clients whose lines are on their way, by event id: nobody gets their own line. */
  readonly #plainSenders = new Map<string, Connection>();
  /** Called where the log is that of an earlier moment. */
  readonly #onRollback = new Set<() => void>();

  private constructor(name: string, parts: RoomParts) {
    this.name = name;
    this.#frames = frameChannel(name);
    this.#sentences = sentenceChannel(name);
    this.#parts = parts;
    this.#appender = new Appender({
      room: name,
      ...parts,
      onFailed: () => void this.#repair(),
      onStored: (appended) => this.#announce(appended),
    });
  }

  /** @throws {StoreError} */
  static async open(name: string, parts: RoomParts): Promise<Room> {
    const room = new Room(name, parts);
    // First the hints, then the head: what is stored in between comes as a hint, which waits until it is known what is new.
    const hearing = parts.bus.subscribe(`room:${name}`, (hint, node) => room.#hear(hint, node));
    room.#unsubscribe = () => void hearing.then((end) => end());
    try {
      // Where that takes long, what is missed meanwhile is found as what was lost is.
      await within(parts.clock, HEARING_MS, hearing);
      [room.#presence] = await Promise.all([parts.presence.open(name, hearing), room.#goToHead()]);
      room.hint(0);
      return room;
    } catch (error) {
      room.close();
      throw error;
    }
  }

  close(): void {
    this.#state = "closed";
    this.#unsubscribe?.();
    this.#parts.presence.close(this.name);
  }

  /** Who is in it. */
  get presence(): RoomPresence {
    return this.#presence;
  }

  /** The newest seq that everybody who is live here was given. */
  get delivered(): number {
    return this.#delivered;
  }

  /** That event by id and time; empty in an empty room, or where it was trimmed. */
  get last(): LastEvent {
    return this.#last;
  }

  /** Nobody on this node is in it, and nothing is on its way to the log or from it. */
  get isIdle(): boolean {
    return this.#presence.isEmptyHere && this.#appender.isIdle && this.#repairing === undefined;
  }

  /** Takes a message. `sender` is told what became of it, after the room. */
  append(draft: Draft, sender: Sender): void {
    this.#appender.add(draft, sender);
  }

  /** Takes a plain client's line; its sender does not hear it. */
  appendLine(draft: Draft, from: Connection, outcome: { stored(): void; failed(): void }): void {
    this.#plainSenders.set(draft.id, from);
    this.append(draft, {
      stored: outcome.stored,
      failed: () => {
        this.#plainSenders.delete(draft.id);
        outcome.failed();
      },
    });
  }

  /** Tells everybody in the room that somebody types, and `except` nobody. */
  tellTyping(from: Person, except: Connection): void {
    this.#giveTyping(from, except);
    void this.#parts.bus.publish(`room:${this.name}`, { type: "typing", from });
  }

  /** The log has events up to this one, whoever stored them and whether or not a hint came. */
  hint(head: number): void {
    this.#hinted = Math.max(this.#hinted, head);
    if (this.#state === "open" && this.#hinted > this.#delivered) void this.#repair();
  }

  /** What was delivered is in the log; as long as that is not known, nothing more of it is to be given to anybody. */
  get isSure(): boolean {
    return this.#state === "open" && this.#server === this.#parts.store.server();
  }

  /** The log may be that of an earlier moment: nothing more is given until it is known that what was given last is in it. */
  doubt(): void {
    this.#server = undefined;
    if (this.#state === "open") void this.#repair();
  }

  /**
   * Calls back where the log is that of an earlier moment, as after a failover that lost what it had acknowledged: what was
   * given of it may not be there any more. @returns what ends that
   */
  onRollback(beginAnew: () => void): () => void {
    this.#onRollback.add(beginAnew);
    return () => this.#onRollback.delete(beginAnew);
  }

  /** Resolves when everything up to that seq, which the log has, was delivered here. */
  async reach(head: number): Promise<void> {
    this.hint(head);
    if (!this.isSure || this.#delivered < head) await this.#repair();
  }

  /** Another node told something. */
  #hear(hint: Hint, node: string): undefined {
    switch (hint.type) {
      case "events":
        return this.#deliver(hint.events);
      case "typing":
        return this.#giveTyping(hint.from);
      case "came":
      case "went":
      case "people":
        return this.#parts.presence.hear(this.name, hint, node);
    }
  }

  /** Own people first, for their senders wait; a hint that gets lost is made good by whoever misses it. */
  #announce(appended: readonly Appended[]): void {
    if (this.isSure)
      this.#stored = appended.reduce((most, { event }) => Math.max(most, event.seq), this.#stored);
    // What was there before may have been stored by another node, or by a try whose answer was lost.
    this.#deliver(appended.flatMap(({ trimmed, event }) => (trimmed ? [] : [event])));
    const events = appended.flatMap((each) => (each.again || each.trimmed ? [] : [each.event]));
    if (events.length > 0) void this.#parts.bus.publish(`room:${this.name}`, { type: "events", events });
  }

  #giveTyping(from: Person, except?: Connection): undefined {
    const frame = { type: "typing", room: this.name, from } as const;
    this.#parts.channels.publish(this.#frames, () => encodeServerFrame(frame), except);
  }

  #deliver(events: readonly StoredEvent[]): undefined {
    if (events.some((event) => event.seq === this.#delivered && isOther(event, this.#last))) this.doubt();
    if (this.isSure) this.#giveNext(events);
    else this.doubt();
    // Among what was appended an old event may stand behind new ones.
    this.hint(events.reduce((most, { seq }) => Math.max(most, seq), 0));
  }

  #giveNext(events: readonly StoredEvent[]): void {
    for (const event of events) if (event.seq === this.#delivered + 1) this.#give(event);
  }

  #give(event: StoredEvent): void {
    this.#delivered = event.seq;
    this.#last = lastOf(event);
    const { channels } = this.#parts;
    const line = (): string => said(event.from.name, event.text);
    channels.publish(this.#frames, () => encodeEvent(event));
    channels.publish(this.#sentences, line, this.#plainSenders.get(event.id));
    this.#plainSenders.delete(event.id);
  }

  /** Reads from the log what no hint brought, or what a failed append stored after all, as soon as it can be read. */
  #repair(): Promise<void> {
    this.#repairing ??= this.#readUntilDone().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  /** All begin anew, and are given nothing before that. */
  #rollBack(): void {
    this.#state = "opening";
    this.#delivered = 0;
    this.#last = {};
    this.#stored = 0;
    this.#hinted = 0;
    this.#plainSenders.clear();
    this.#parts.onRollback?.();
    for (const beginAnew of [...this.#onRollback]) beginAnew();
  }

  /** @throws {StoreError} */
  async #goToHead(): Promise<void> {
    const { store } = this.#parts;
    const server = store.server();
    const { head, events } = await store.read(this.name, { before: Number.MAX_SAFE_INTEGER, limit: 1 });
    if (this.#state !== "opening") return;
    this.#server = server;
    this.#delivered = head;
    this.#last = lastOf(events[0]);
    this.#state = "open";
  }

  #passOver(seq: number): void {
    this.#delivered = seq;
    this.#last = {};
    this.#plainSenders.clear();
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
   * Delivers all that is in the log now.
   *
   * @throws {StoreError}
   */
  async #readOn(): Promise<void> {
    const { store } = this.#parts;
    for (;;) {
      if (this.#state === "opening") await this.#goToHead();
      const [hinted, delivered, known, server] = [
        this.#hinted,
        this.#delivered,
        this.#server,
        store.server(),
      ];
      const isSure = known === server;
      // Another server may lack what was given last, or have something else there.
      const after = isSure ? delivered : Math.max(0, delivered - 1);
      const { events, head, first } = await store.read(this.name, { after, limit: REPAIR_EVENTS });
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

/** Resolves with the promise, or after so many ms. */
function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    void promise.then(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** Whether the log had another event there. Of a trimmed one nothing is known. */
function isOther({ id, at }: StoredEvent, { last, lastAt }: LastEvent): boolean {
  return last !== undefined && (last !== id || lastAt !== at);
}

export function lastOf(event: StoredEvent | undefined): LastEvent {
  return event === undefined ? {} : { last: event.id, lastAt: event.at };
}
