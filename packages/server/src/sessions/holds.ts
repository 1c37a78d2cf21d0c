import { limits } from "@natter/protocol";

type Hold = { readonly id: string; readonly order: number };

/**
 * For each room, the first send of a connection that was refused and may come again. What comes after it must not
 * overtake it (P4, S5), so it is held: refused as well, until that one comes again or is given up.
 */
export class Holds {
  readonly #byRoom = new Map<string, Hold>();
  #order = 0;

  /** Numbers a send; a later one has a higher number. */
  next(): number {
    return ++this.#order;
  }

  /** Whether a send to the room has to wait for another one. */
  holds(room: string, id: string): boolean {
    const hold = this.#byRoom.get(room);
    return hold !== undefined && hold.id !== id;
  }

  /**
   * A send was refused and may come again.
   *
   * @returns whether it is now the one that others wait for; a send that was on its way to the disk when a later
   * one was refused takes its place
   */
  refuse(room: string, id: string, order: number): boolean {
    const hold = this.#byRoom.get(room);
    if (hold !== undefined && hold.order < order && hold.id !== id) return false;
    this.#byRoom.set(room, { id, order });
    return true;
  }

  /** The send came again, or was given up. Nothing happens if none waits for it (S7). */
  release(room: string, id: string): void {
    if (this.#byRoom.get(room)?.id === id) this.#byRoom.delete(room);
  }

  /** More rooms than one connection may have held (S9). */
  get areTooMany(): boolean {
    return this.#byRoom.size > limits.maxHeldRooms;
  }
}
