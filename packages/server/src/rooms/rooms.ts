import { MAX_HEADS } from "../store/store.ts";
import { Room, type RoomParts } from "./room.ts";

/** A room that is in use: give it back with `release`, once. */
export type Lease = { readonly room: Room; release(): void };

type Entry = { opening: Promise<Room>; leases: number };

/** How often the log is asked, in ms, for what no hint told of: within 2 s it is delivered all the same. */
const CHECK_MS = 1_000;

/** The rooms that somebody on this node is in or sends to. Others cost nothing: they are in the store. */
export class Rooms {
  readonly #parts: RoomParts;
  readonly #entries = new Map<string, Entry>();
  /** Up to where the log was asked. */
  #mark: string | undefined;
  #isChecking = false;

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
    this.#checkSoon();
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
    room.close();
  }

  #checkSoon(): void {
    if (this.#isChecking) return;
    if (this.size === 0) {
      this.#mark = undefined; // the next visitor would ask for all that changed since
      return;
    }
    this.#isChecking = true;
    this.#parts.clock.after(CHECK_MS, () => {
      void this.#check().then(() => {
        this.#isChecking = false;
        this.#checkSoon();
      });
    });
  }

  /** The last hint about a room may have been lost, and no later one shows that it is missing. */
  async #check(): Promise<void> {
    try {
      const { mark, rooms } = await this.#parts.store.changes(this.#mark);
      for (const { room, head } of rooms ?? (await this.#headsOf([...this.#entries.keys()]))) {
        this.#hint(room, head);
      }
      this.#mark = mark;
    } catch {
      // Asked again in a while: nothing is passed over, for the mark is the old one.
    }
  }

  /** A batch after the other: thousands at once would keep everybody else from the store. */
  async #headsOf(rooms: readonly string[]): Promise<{ room: string; head: number }[]> {
    const found: { room: string; head: number }[] = [];
    for (let start = 0; start < rooms.length; start += MAX_HEADS) {
      const batch = rooms.slice(start, start + MAX_HEADS);
      const heads = await this.#parts.store.heads(batch);
      found.push(...batch.map((room, index) => ({ room, head: heads[index]! })));
    }
    return found;
  }

  #hint(room: string, head: number): void {
    this.#entries.get(room)?.opening.then(
      (open) => open.hint(head),
      () => {}, // whoever opens it is told
    );
  }
}
