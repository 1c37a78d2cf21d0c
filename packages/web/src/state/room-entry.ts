import type { EventFrame, People, ReadState, Room, RoomState } from "@natter/client";
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { keep, kept } from "./kept.ts";
import { isLooking } from "./looking.ts";

/** @param isNow it came as it was said, and not only with a connection that had been lost */
export type OnEvent = (event: EventFrame, entry: RoomEntry, isNow: boolean) => void;

/** One room of the person's list: what the list shows of it, as signals. */
export class RoomEntry {
  readonly room: Room;
  readonly name: string;
  readonly #state = signal<RoomState>({ kind: "joining" });
  readonly #people = signal<People>({ count: 0, list: undefined });
  readonly #read = signal<ReadState>({ seq: 0, unread: 0 });
  readonly #isMentioned = signal(false);
  /** The room is open, and its end in view: what comes is seen as it comes, though the server has yet to hear so. */
  readonly isAtEnd = signal(false);
  /** What the person has to come and see. */
  readonly unread: ReadonlySignal<number> = computed(() =>
    this.isAtEnd.value && isLooking.value ? 0 : this.#read.value.unread,
  );
  /** The newest event that called the person by name; 0: none that is unread. */
  #mentionedAt: number;
  readonly #off: (() => void)[];

  /** @param onEvent takes each new event of the room */
  constructor(room: Room, onEvent: OnEvent) {
    this.room = room;
    this.name = room.name;
    this.#mentionedAt = Number(kept(this.#key) ?? 0);
    this.#refresh();
    this.#off = [
      room.on("state", () => this.#refresh()),
      room.on("people", () => this.#refresh()),
      room.on("read", () => this.#refresh()),
      // What was said while the connection was lost is in the count already that came with the next one.
      room.on("event", (event) => onEvent(event, this, room.read.unread > this.#read.peek().unread)),
    ];
  }

  get state(): ReadonlySignal<RoomState> {
    return this.#state;
  }

  get people(): ReadonlySignal<People> {
    return this.#people;
  }

  /** Messages of others that came since the person read last; their own are not news to them. */
  get read(): ReadonlySignal<ReadState> {
    return this.#read;
  }

  /** Somebody among what is unread called the person by name. It survives a reload, though the server only counts. */
  get isMentioned(): ReadonlySignal<boolean> {
    return this.#isMentioned;
  }

  mentioned(seq: number): void {
    this.#mentionedAt = seq;
    keep(this.#key, `${seq}`);
    this.#isMentioned.value = true;
  }

  forgetMention(): void {
    if (this.#mentionedAt > 0) keep(this.#key, undefined);
    this.#mentionedAt = 0;
    this.#isMentioned.value = false;
  }

  dispose(): void {
    for (const off of this.#off) off();
  }

  get #key(): string {
    return `mentioned.${this.name}`;
  }

  #refresh(): void {
    const { state, people, read } = this.room;
    this.#state.value = state;
    this.#people.value = people;
    const known = this.#read.peek();
    if (read.seq !== known.seq || read.unread !== known.unread) this.#read.value = read;
    // Before the room is joined nobody knows what is unread.
    if (state.kind !== "joined") return;
    if (read.unread > 0 && this.#mentionedAt > read.seq) this.#isMentioned.value = true;
    else this.forgetMention();
  }
}
