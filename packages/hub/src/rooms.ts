import { Batch } from "./batch.ts";
import type { Client } from "./client.ts";

/** Those who hear what is published under one name, and what they have not been handed yet. */
export class Room {
  readonly name: string | undefined;
  readonly members = new Set<Client>();
  readonly batch = new Batch<Client>();
  /** By `performance.now()`: what is published before waits until then. */
  restsUntil = 0;

  constructor(name?: string) {
    this.name = name;
  }
}

/** Who is in which room. A room is there from its first member to its last. */
export class Rooms {
  /** Where every client is: what `broadcast` publishes to. It has no name, so nobody joins or leaves it. */
  readonly everyone = new Room();
  readonly #byName = new Map<string, Room>();

  get(name: string): Room | undefined {
    return this.#byName.get(name);
  }

  join(client: Client, name: string): void {
    const room = this.#byName.get(name) ?? new Room(name);
    this.#byName.set(name, room);
    this.enter(client, room);
  }

  enter(client: Client, room: Room): void {
    if (room.members.has(client)) return;
    room.batch.skipWaiting(client);
    room.members.add(client);
    client.memberships.add(room);
  }

  leave(client: Client, room: Room): void {
    room.members.delete(client);
    client.memberships.delete(room);
    if (room.members.size === 0 && room.name !== undefined) this.#byName.delete(room.name);
  }

  leaveAll(client: Client): void {
    for (const room of client.memberships) this.leave(client, room);
  }
}
