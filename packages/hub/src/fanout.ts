import type { Client } from "./client.ts";
import { frame } from "./frame.ts";
import type { Room } from "./rooms.ts";

/** What becomes of a client for whom more waits than may. */
type SlowReaders = { mayStay(client: Client): boolean; cut(client: Client): void };

/**
 * Collects what is published and sent during one turn of the event loop and writes it when the turn is over: a
 * message is framed once, a room's frames are joined once, and each client gets one write. A delivery costs one
 * system call, 4 to 6 µs, unless it shares one; under load they share by themselves, for the loop is busy.
 *
 * Order: a client sees what was published to one room, and what was sent to it alone, in the order of the calls.
 * Between two rooms there is no order.
 */
export class Fanout {
  #rooms = new Set<Room>();
  #clients = new Set<Client>();
  #scheduled = false;
  readonly #slow: SlowReaders;

  constructor(slow: SlowReaders) {
    this.#slow = slow;
  }

  publish(room: Room, message: string | Uint8Array, except: Client | undefined): void {
    if (room.members.size === 0) return;
    room.batch.add(frame(message), except);
    this.#rooms.add(room);
    this.#schedule();
  }

  send(client: Client, message: string | Uint8Array): void {
    this.#handOutRoomsOf(client);
    for (const part of frame(message)) this.#give(client, part);
    this.#schedule();
  }

  /** Writes at once what waits for this client, so that a close frame can follow. */
  flushClient(client: Client): void {
    this.#handOutRoomsOf(client);
    if (this.#clients.delete(client)) this.#write(client);
  }

  /** Before a client leaves a room: what was published while it was there is its own. */
  handOut(room: Room): void {
    if (!this.#rooms.delete(room)) return;
    room.batch.handOut(room.members, (client, bytes) => this.#give(client, bytes));
  }

  /** Ends the turn now. */
  flush(): void {
    this.#scheduled = false;
    const rooms = this.#rooms;
    for (const room of rooms) this.handOut(room);
    const clients = this.#clients;
    this.#clients = new Set();
    for (const client of clients) this.#write(client);
  }

  #handOutRoomsOf(client: Client): void {
    for (const room of client.memberships) if (!room.batch.isEmpty) this.handOut(room);
  }

  #give(client: Client, bytes: Buffer): void {
    if (client.writer.add(bytes)) this.#clients.add(client);
  }

  #write(client: Client): void {
    if (!client.writer.flush(() => this.#slow.mayStay(client))) this.#slow.cut(client);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // The check phase comes after the poll phase, in which every socket that had something to say was read.
    setImmediate(() => this.flush());
  }
}
