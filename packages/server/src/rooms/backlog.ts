import { type Clock, systemClock } from "../ports.ts";
import { Pace } from "./pace.ts";

/** Drafts that may wait to be stored, in all rooms together: some seconds of what a disk takes. */
export const MAX_WAITING_DRAFTS = 50_000;
/** Bytes of text that may wait to be stored, in all rooms together. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/**
 * How long the oldest of them may have waited, in ms: whoever sends more would only wait longer. What waits while others
 * that came later are stored says so of its own room only: somebody holds that.
 */
export const MAX_WAITING_MS = 2_000;
/** As many may wait however slow all went of late: it may go faster again. */
const ALWAYS_DRAFTS = 1_000;
/** When a refused send is worth another try, in ms. */
const RETRY_MS = { least: 1_000, most: 10_000 };
/** Tries are spread out by up to so much of the wait, or all who were refused would be back at once. */
const SPREAD = 0.5;
/** Its multiples fall evenly between 0 and 1, and the same in each run of a simulation. */
const GOLDEN_RATIO = 0.618_034;

/** Why no more is taken now: too much waits already, or the server is about to stop; and when to try again. */
export type Refusal = { readonly code: "busy" | "restarting"; readonly retryAfterMs: number };

/** What waits: give it back to `remove`. */
export type Ticket = { readonly room: string; readonly bytes: number; readonly since: number };

/** What waits to be stored on this node, in all rooms: the bounds behind the error `busy`. */
export class Backlog {
  readonly #clock: Pick<Clock, "elapsed">;
  /** Each in the order in which they came: all, those of a room, and those that no later one has overtaken. */
  readonly #waiting = new Set<Ticket>();
  readonly #rooms = new Map<string, Set<Ticket>>();
  readonly #inLine = new Set<Ticket>();
  /** Taken although the line stands still: whether it is stored in time shows whether that is so for all. */
  #trial: Ticket | undefined;
  readonly #pace = new Pace();
  #bytes = 0;
  #refused = 0;
  #onEmpty: (() => void) | undefined;

  constructor(clock: Pick<Clock, "elapsed"> = systemClock) {
    this.#clock = clock;
  }

  /** Why another message to that room may not wait, if so. */
  refusalIn(room: string): Refusal | undefined {
    if (this.#onEmpty !== undefined) return { code: "restarting", retryAfterMs: RETRY_MS.least };
    const [lineMs, roomMs] = [this.#oldestMs(this.#inLine), this.#oldestMs(this.#rooms.get(room))];
    const waitedMs = Math.max(lineMs, roomMs);
    const isFull = this.#waiting.size >= this.#mostDrafts() || this.#bytes >= MAX_WAITING_BYTES;
    const isLate = roomMs >= MAX_WAITING_MS || (lineMs >= MAX_WAITING_MS && this.#trial !== undefined);
    if (!isFull && !isLate) return undefined;
    // What waits now will be stored in about the time that the oldest has waited.
    const spread = 1 + SPREAD * ((++this.#refused * GOLDEN_RATIO) % 1);
    const retryAfterMs = Math.round(Math.max(RETRY_MS.least, waitedMs) * spread);
    return { code: "busy", retryAfterMs: Math.min(RETRY_MS.most, retryAfterMs) };
  }

  get drafts(): number {
    return this.#waiting.size;
  }

  /** About: what their texts take in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes nothing more. Resolves when all that was taken is stored, or has failed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#waiting.size === 0) resolve();
    });
  }

  /** Those that are stored within what the oldest may wait for: a crowd is refused before it has waited. */
  #mostDrafts(): number {
    return Math.min(MAX_WAITING_DRAFTS, Math.max(ALWAYS_DRAFTS, this.#pace.within(MAX_WAITING_MS)));
  }

  add(room: string, text: string): Ticket {
    if (this.#waiting.size === 0) this.#pace.begin(this.#clock.elapsed());
    const ticket = { room, bytes: text.length * 2, since: this.#clock.elapsed() };
    if (this.#oldestMs(this.#inLine) >= MAX_WAITING_MS) this.#trial ??= ticket;
    const ofRoom = this.#rooms.get(room) ?? new Set();
    this.#rooms.set(room, ofRoom);
    for (const tickets of [this.#waiting, ofRoom, this.#inLine]) tickets.add(ticket);
    this.#bytes += ticket.bytes;
    return ticket;
  }

  /** These, of one room in their order, are on disk. */
  stored(tickets: readonly Ticket[]): void {
    const { since } = tickets.at(-1)!;
    this.#pace.went(tickets.length, this.#clock.elapsed());
    if (this.#clock.elapsed() - since < MAX_WAITING_MS) this.#overtake(since);
    this.failed(tickets);
  }

  /** These do not wait any more. */
  failed(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.#remove(ticket);
    if (this.#waiting.size === 0) this.#onEmpty?.();
  }

  #remove(ticket: Ticket): void {
    const ofRoom = this.#rooms.get(ticket.room)!;
    for (const list of [this.#waiting, ofRoom, this.#inLine]) list.delete(ticket);
    if (ofRoom.size === 0) this.#rooms.delete(ticket.room);
    if (this.#trial === ticket) this.#trial = undefined;
    this.#bytes -= ticket.bytes;
  }

  #overtake(since: number): void {
    for (const ticket of this.#inLine) {
      if (ticket.since >= since) break;
      this.#inLine.delete(ticket);
    }
  }

  #oldestMs(tickets: ReadonlySet<Ticket> | undefined): number {
    const oldest = tickets?.values().next().value;
    return oldest === undefined ? 0 : this.#clock.elapsed() - oldest.since;
  }
}
