import type { Client } from "./client.ts";
import { frame } from "./frame.ts";
import type { Room } from "./rooms.ts";
import { WriteCost } from "./window.ts";

/** What becomes of a client for whom more waits than may. */
type SlowReaders = { mayStay(client: Client): boolean; cut(client: Client): void };

/** A timer does not tell less: whoever would wait for less does not wait. */
const SHORTEST_WAIT_MS = 1;

/**
 * Collects what is published and sent during one turn of the event loop and writes it when the turn is over: a
 * message is framed once, a room's frames are joined once, and each client gets one write. A delivery costs one
 * system call, 4 to 6 µs, unless it shares one; under load they share by themselves, for the loop is busy. In between,
 * a room rests after it was written to, and what is published meanwhile goes out together: see `window.ts`.
 *
 * Order: a client sees what was published to one room, and what was sent to it alone, in the order of the calls.
 * Between two rooms there is no order.
 */
export class Fanout {
  /** Those whose batch is handed out when this turn ends. */
  readonly #due = new Set<Room>();
  /** Those whose batch waits until they have rested. */
  readonly #resting = new Set<Room>();
  #clients = new Set<Client>();
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #cost: WriteCost;
  readonly #slow: SlowReaders;

  /** @param maxWindowMs the longest that a message waits for others of its room; 0: none does */
  constructor(slow: SlowReaders, maxWindowMs: number) {
    this.#slow = slow;
    this.#cost = new WriteCost(maxWindowMs);
  }

  publish(room: Room, message: string | Uint8Array, except: Client | undefined): void {
    if (room.members.size === 0) return;
    const isFirst = room.batch.isEmpty;
    room.batch.add(frame(message), except);
    if (!isFirst) return;
    const waitMs = this.waitMs(room);
    if (waitMs === 0) {
      this.#due.add(room);
      this.#schedule();
    } else {
      this.#resting.add(room);
      this.#timer ??= setTimeout(() => this.#wake(), waitMs);
    }
  }

  /** How long what is published to the room now waits for company, in ms; 0: not at all. */
  waitMs(room: Room): number {
    const waitMs = room.restsUntil - performance.now();
    return waitMs < SHORTEST_WAIT_MS ? 0 : waitMs;
  }

  send(client: Client, message: string | Uint8Array): void {
    this.#handOutAllTo(client);
    for (const part of frame(message)) this.#give(client, part);
    this.#schedule();
  }

  /** Writes at once what waits for this client, so that a close frame can follow. */
  flushClient(client: Client): void {
    this.#handOutAllTo(client);
    if (this.#clients.delete(client)) this.#write(client);
  }

  /** To one client alone, so that it does not cost the others their window: before it leaves, or is sent something. */
  handOutTo(client: Client, room: Room): void {
    room.batch.handOutTo(client, this.#give);
    this.#schedule();
  }

  #handOut(room: Room): void {
    this.#due.delete(room);
    this.#resting.delete(room);
    const windowMs = this.#cost.windowMs(room.members.size, room.batch.frames);
    room.restsUntil = performance.now() + windowMs;
    room.batch.handOut(room.members, this.#give);
    this.#schedule();
  }

  /** Writes all there is, what waits for company as well. */
  flush(): void {
    for (const room of this.#resting) this.#due.add(room);
    this.#endTurn();
  }

  #endTurn(): void {
    for (const room of this.#due) this.#handOut(room);
    this.#scheduled = false;
    const clients = this.#clients;
    this.#clients = new Set();
    const startedAt = performance.now();
    for (const client of clients) this.#write(client);
    this.#cost.measured(clients.size, performance.now() - startedAt);
  }

  /** A room that rests for longer than the one the timer was set for waits for it no longer than it may. */
  #wake(): void {
    this.#timer = undefined;
    const now = performance.now();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const room of this.#resting) {
      const restMs = room.restsUntil - now;
      if (restMs < SHORTEST_WAIT_MS) this.#handOut(room);
      else waitMs = Math.min(waitMs, restMs);
    }
    if (this.#resting.size > 0) this.#timer = setTimeout(() => this.#wake(), waitMs);
  }

  #handOutAllTo(client: Client): void {
    for (const room of client.memberships) this.handOutTo(client, room);
  }

  readonly #give = (client: Client, bytes: Buffer): void => {
    if (client.writer.add(bytes)) this.#clients.add(client);
  };

  #write(client: Client): void {
    if (!client.writer.flush(() => this.#slow.mayStay(client))) this.#slow.cut(client);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // The check phase comes after the poll phase, in which every socket that had something to say was read.
    setImmediate(() => this.#endTurn());
  }
}
