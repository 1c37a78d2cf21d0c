import { Room, type RoomParts } from "./room.ts";

/** A room that is in use: give it back with `release`, once. */
export type Lease = { readonly room: Room; release(): void };

type Entry = { opening: Promise<Room>; leases: number };

/** The rooms that somebody on this node is in or sends to. Others cost nothing: they are in the store. */
export class Rooms {
  readonly #parts: RoomParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Opens a room, or joins those who have it open already.
   *
   * @throws {StoreError}
   */
  async lease(name: string): Promise<Lease> {
    const entry = this.#entries.get(name) ?? { opening: Room.open(name, this.#parts), leases: 0 };
    this.#entries.set(name, entry);
    entry.leases++;
    try {
      const room = await entry.opening;
      return { room, release: () => this.#release(name, entry, room) };
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
      throw error;
    }
  }

  #release(name: string, entry: Entry, room: Room): void {
    entry.leases--;
    if (entry.leases > 0 || this.#entries.get(name) !== entry) return;
    if (!room.isIdle) {
      // Somebody's message is still on its way: look again later.
      entry.leases++;
      this.#parts.clock.after(1_000, () => this.#release(name, entry, room));
      return;
    }
    this.#entries.delete(name);
    void room.close();
  }
}
