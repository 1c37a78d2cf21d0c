import type { Person } from "@natter/protocol";
import type { Bus, Hint } from "../bus/bus.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Channels, Clock, Connection } from "../ports.ts";
import type { Presence } from "../presence/presence.ts";
import type { RoomPresence } from "../presence/room-presence.ts";
import type { Appended, Draft, Store } from "../store/store.ts";
import { Appender, type Sender } from "./appender.ts";
import type { Backlog } from "./backlog.ts";
import { Delivery } from "./delivery.ts";
import { Follower } from "./follower.ts";
import type { LastEvent } from "./last-event.ts";

/** How long a room that opens waits until it hears hints, in ms: a Redis that is slow must not keep people out. */
const HEARING_MS = 250;

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

/**
 * A room on this node: takes what is sent to its log, and gives what is in the log to those who are live in it; and who
 * is there, and types.
 */
export class Room {
  readonly name: string;
  readonly #parts: RoomParts;
  readonly #appender: Appender;
  readonly #follower: Follower;
  readonly #delivery: Delivery;
  #presence!: RoomPresence;
  #unsubscribe: (() => void) | undefined;
  /** Called where the log is that of an earlier moment. */
  readonly #onRollback = new Set<() => void>();

  private constructor(name: string, parts: RoomParts) {
    this.name = name;
    this.#parts = parts;
    this.#delivery = new Delivery(name, parts.channels);
    this.#follower = new Follower({
      room: name,
      store: parts.store,
      clock: parts.clock,
      give: (event) => this.#delivery.give(event),
      passedOver: () => this.#delivery.forgetLines(),
      rolledBack: () => this.#beginAnew(),
    });
    this.#appender = new Appender({
      room: name,
      ...parts,
      waitMs: () => this.#delivery.waitMs,
      onFailed: () => void this.#follower.repair(),
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
      [room.#presence] = await Promise.all([parts.presence.open(name, hearing), room.#follower.open()]);
      room.hint(0);
      return room;
    } catch (error) {
      room.close();
      throw error;
    }
  }

  close(): void {
    this.#follower.close();
    this.#unsubscribe?.();
    this.#parts.presence.close(this.name);
  }

  /** Who is in it. */
  get presence(): RoomPresence {
    return this.#presence;
  }

  /** The newest seq that everybody who is live here was given. */
  get delivered(): number {
    return this.#follower.delivered;
  }

  /** That event by id and time; empty in an empty room, or where it was trimmed. */
  get last(): LastEvent {
    return this.#follower.last;
  }

  /** What was delivered is in the log; as long as that is not known, nothing more of it is to be given to anybody. */
  get isSure(): boolean {
    return this.#follower.isSure;
  }

  /** Nobody on this node is in it, and nothing is on its way to the log or from it. */
  get isIdle(): boolean {
    return this.#presence.isEmptyHere && this.#appender.isIdle && !this.#follower.isReading;
  }

  /** Takes a message. `sender` is told what became of it, after the room. */
  append(draft: Draft, sender: Sender): void {
    this.#appender.add(draft, sender);
  }

  /** Takes a plain client's line; its sender does not hear it. */
  appendLine(draft: Draft, from: Connection, outcome: { stored(): void; failed(): void }): void {
    this.#delivery.expectLine(draft.id, from);
    this.append(draft, {
      stored: outcome.stored,
      failed: () => {
        this.#delivery.forgetLine(draft.id);
        outcome.failed();
      },
    });
  }

  /** Tells everybody in the room that somebody types, and `except` nobody. */
  tellTyping(from: Person, except: Connection): void {
    this.#delivery.giveTyping(from, except);
    void this.#parts.bus.publish(`room:${this.name}`, { type: "typing", from });
  }

  /** The log has events up to this one, whoever stored them and whether or not a hint came. */
  hint(head: number): void {
    this.#follower.hint(head);
  }

  /** The log may be that of an earlier moment: nothing more is given until it is known that what was given last is in it. */
  doubt(): void {
    this.#follower.doubt();
  }

  /** Resolves when everything up to that seq, which the log has, was delivered here. */
  reach(head: number): Promise<void> {
    return this.#follower.reach(head);
  }

  /**
   * Calls back where the log is that of an earlier moment, as after a failover that lost what it had acknowledged: what was
   * given of it may not be there any more. @returns what ends that
   */
  onRollback(beginAnew: () => void): () => void {
    this.#onRollback.add(beginAnew);
    return () => this.#onRollback.delete(beginAnew);
  }

  /** Another node told something. */
  #hear(hint: Hint, node: string): undefined {
    switch (hint.type) {
      case "events":
        return this.#follower.take(hint.events);
      case "typing":
        return this.#delivery.giveTyping(hint.from);
      case "came":
      case "went":
      case "people":
        return this.#parts.presence.hear(this.name, hint, node);
    }
  }

  /** Own people first, for their senders wait; a hint that gets lost is made good by whoever misses it. */
  #announce(appended: readonly Appended[]): void {
    this.#follower.stored(appended.map(({ event }) => event));
    // What was there before may have been stored by another node, or by a try whose answer was lost.
    this.#follower.take(appended.flatMap(({ trimmed, event }) => (trimmed ? [] : [event])));
    const events = appended.flatMap((each) => (each.again || each.trimmed ? [] : [each.event]));
    if (events.length > 0) void this.#parts.bus.publish(`room:${this.name}`, { type: "events", events });
  }

  /** All begin anew, and are given nothing before that. */
  #beginAnew(): void {
    this.#delivery.forgetLines();
    this.#parts.onRollback?.();
    for (const beginAnew of [...this.#onRollback]) beginAnew();
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
