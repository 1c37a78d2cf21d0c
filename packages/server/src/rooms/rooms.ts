import { MAX_HEADS, type Newest } from "../store/store.ts";
import { Room, type RoomParts } from "./room.ts";

/** A room that is in use: give it back with `release`, once. */
export type Lease = { readonly room: Room; release(): void };

type NewestOf = Newest & { readonly room: string };

type Entry = { opening: Promise<Room>; room?: Room; leases: number };

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
   * @param onRollback called where the room's log turns out to be that of an earlier moment
   * @throws {StoreError}
   */
  async lease(name: string, onRollback: () => void = () => {}): Promise<Lease> {
    const entry = this.#entries.get(name) ?? { opening: Room.open(name, this.#parts), leases: 0 };
    this.#entries.set(name, entry);
    entry.leases++;
    this.#checkSoon();
    try {
      const room = await entry.opening;
      entry.room = room;
      const end = room.onRollback(onRollback);
      const release = (): void => {
        end();
        this.#release(name, entry, room);
      };
      return { room, release };
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
      const given = new Map([...this.#entries].map(([name, { room }]) => [name, newestOf(room)]));
      const { mark, rooms } = await this.#parts.store.changes(this.#mark);
      for (const { room, ...newest } of rooms ?? (await this.#headsOf([...given.keys()]))) {
        this.#hint(room, newest, given.get(room) ?? { head: 0 });
      }
      this.#mark = mark;
    } catch {
      // Asked again in a while: nothing is passed over, for the mark is the old one.
    }
  }

  /** A batch after the other: thousands at once would keep everybody else from the store. */
  async #headsOf(rooms: readonly string[]): Promise<NewestOf[]> {
    const found: NewestOf[] = [];
    for (let start = 0; start < rooms.length; start += MAX_HEADS) {
      const batch = rooms.slice(start, start + MAX_HEADS);
      const heads = await this.#parts.store.heads(batch);
      found.push(...batch.map((room, index) => ({ room, ...heads[index]! })));
    }
    return found;
  }

  /** @param given what the room had delivered before the log was asked: it cannot have less since, unless it was rolled back */
  #hint(room: string, newest: Newest, given: Newest): void {
    this.#entries.get(room)?.opening.then(
      (open) => (isBehind(newest, given) ? open.doubt() : open.hint(newest.head)),
      () => {}, // whoever opens it is told
    );
  }
}

/** What was delivered. */
function newestOf(room: Room | undefined): Newest {
  return { head: room?.delivered ?? 0, last: room?.last.last };
}

function isBehind(newest: Newest, given: Newest): boolean {
  if (newest.head !== given.head) return newest.head < given.head;
  return newest.last !== undefined && given.last !== undefined && newest.last !== given.last;
}
