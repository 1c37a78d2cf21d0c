import type { ChatClient } from "@natter/client";
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type OnEvent, RoomEntry } from "./room-entry.ts";

/** A connection may be in 100 rooms (R5); some are left for those that a person opens by hand. The others are only listed. */
const MAX_LISTENED = 90;

/** The rooms that the person is in, on whatever device, and those that are opened here. */
export class RoomList {
  readonly #client: ChatClient;
  readonly #onEvent: OnEvent;
  readonly #entries = signal<ReadonlyMap<string, RoomEntry>>(new Map());
  readonly #listed = signal<readonly string[]>([]);

  constructor(client: ChatClient, onEvent: OnEvent) {
    this.#client = client;
    this.#onEvent = onEvent;
    // What was joined elsewhere meanwhile is found at each connection, and when somebody comes back to the page.
    client.on("state", ({ kind }) => {
      if (kind === "live") void this.refresh();
    });
  }

  /** By name, as people of the browser's language sort. */
  readonly sorted: ReadonlySignal<readonly RoomEntry[]> = computed(() =>
    [...this.#entries.value.values()].sort((one, other) => one.name.localeCompare(other.name)),
  );

  /** Rooms of the person that are too many to listen to: names, until they are opened. */
  readonly others: ReadonlySignal<readonly string[]> = computed(() =>
    this.#listed.value.filter((name) => !this.#entries.value.has(name)),
  );

  /** Unread messages in all that are listened to. */
  readonly unread: ReadonlySignal<number> = computed(() => {
    let sum = 0;
    for (const entry of this.#entries.value.values()) sum += entry.unread.value;
    return sum;
  });

  /** Enters the room, or is in it already. */
  open(name: string): RoomEntry {
    const known = this.#entries.peek().get(name);
    if (known !== undefined && known.room.state.kind !== "left" && known.room.state.kind !== "refused")
      return known;
    known?.dispose();
    const entry = new RoomEntry(this.#client.room(name), this.#onEvent);
    this.#entries.value = new Map([...this.#entries.peek(), [name, entry]]);
    return entry;
  }

  /** Leaves the room, on all of the person's devices. */
  async leave(name: string): Promise<void> {
    const entry = this.#entries.peek().get(name);
    this.forget(name);
    this.#listed.value = this.#listed.value.filter((one) => one !== name);
    await entry?.room.leave();
  }

  /** Takes it off the list: what a room was called that cannot be. */
  forget(name: string): void {
    const entries = new Map(this.#entries.peek());
    entries.get(name)?.forgetMention();
    entries.get(name)?.dispose();
    entries.delete(name);
    this.#entries.value = entries;
  }

  /** What waits to be sent and would be lost with this page, by rooms: the browser has not kept it yet, or keeps nothing. */
  *unkept(): Generator<readonly [room: string, texts: readonly string[]]> {
    for (const { name, room } of this.#entries.peek().values()) {
      const texts = room.messages.filter(({ isKept }) => !isKept).map(({ text }) => text);
      if (texts.length > 0) yield [name, texts];
    }
  }

  async refresh(): Promise<void> {
    try {
      const rooms = await this.#client.rooms();
      this.#listed.value = rooms.slice(MAX_LISTENED).map(({ room }) => room);
      for (const { room } of rooms.slice(0, MAX_LISTENED)) {
        // One that was refused is there to say so, and to be asked for again by hand.
        if (this.#entries.peek().get(room)?.room.state.kind !== "refused") this.open(room);
      }
    } catch {
      // The connection was lost or closed: the next one asks again.
    }
  }
}
