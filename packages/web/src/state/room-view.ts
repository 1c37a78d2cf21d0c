import { type EventFrame, type Message, type Person, Timeline } from "@natter/client";
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { shownName } from "../text/names.ts";
import { loadParser } from "../text/parser.ts";
import type { Drafts } from "./drafts.ts";
import { KnownPeople } from "./known-people.ts";
import { isLooking } from "./looking.ts";
import type { RoomEntry } from "./room-entry.ts";
import { type RowSource, unreadBehind } from "./rows.ts";

/** Events loaded at most to find the first unread one; whoever was away for longer begins with the newest of them. */
const MAX_UNREAD_LOADED = 1_000;
/** How often the read position is told at most, in ms. */
const READ_REST_MS = 400;

/** How the timeline's events came to be: nothing yet; there; not to be had. */
export type Loading = "first" | "ready" | "failed";

/** The room that is open on the page: what its timeline shows, and how far the person has seen it. */
export class RoomView {
  readonly entry: RoomEntry;
  readonly people = new KnownPeople();
  /** What those who are here or wrote here are called: names that can be called with an `@`. */
  readonly names: ReadonlySignal<readonly string[]> = computed(() => this.people.known.value.map(shownName));
  /** Where the timeline is to go, for whoever has the focus elsewhere; it takes it and is done. */
  readonly wanted = signal<"end" | "up" | "down" | undefined>(undefined);
  /** Counts what is typed: the field may have another height for a moment, in the middle of a paste. */
  readonly typed = signal(0);
  readonly #timeline: Timeline;
  readonly #drafts: Drafts;
  readonly #me: () => string | undefined;
  readonly #version = signal(0);
  readonly #loading = signal<Loading>("first");
  readonly #typing = signal<readonly Person[]>([]);
  readonly #unreadAfter = signal<number | undefined>(undefined);
  readonly #off: (() => void)[];
  #frame: number | undefined;
  #isDisposed = false;
  #seen = 0;
  #readTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param me who the person is, once the server said so */
  constructor(entry: RoomEntry, drafts: Drafts, me: () => string | undefined) {
    this.entry = entry;
    this.#drafts = drafts;
    this.#me = me;
    const { room } = entry;
    this.#timeline = new Timeline(room, { pageSize: 100 });
    this.#typing.value = room.typing;
    this.#off = [
      this.#timeline.on("change", () => this.#changed()),
      room.on("typing", (people) => {
        this.#typing.value = people;
      }),
      entry.people.subscribe(({ list }) => this.people.add(list ?? [], room.position?.seq ?? 0)),
      isLooking.subscribe((looking) => this.#looked(looking)),
    ];
    addEventListener("pagehide", this.#tellRead);
    void this.#open();
  }

  /** Goes up with each change of what is shown, once a frame at most. */
  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  get loading(): ReadonlySignal<Loading> {
    return this.#loading;
  }

  /** Who types, oneself aside. */
  get typing(): ReadonlySignal<readonly Person[]> {
    return this.#typing;
  }

  /** The line "new" stands behind this seq. */
  get unreadAfter(): ReadonlySignal<number | undefined> {
    return this.#unreadAfter;
  }

  get source(): RowSource {
    const { events, messages } = this.#timeline;
    const [me, read] = [this.#me(), this.#unreadAfter.value];
    return { events, messages, unreadAfter: read === undefined ? read : unreadBehind(events, read, me), me };
  }

  get events(): readonly EventFrame[] {
    return this.#timeline.events;
  }

  /** Events put in front so far, by which a list knows how far what it shows has moved down. */
  get prepended(): number {
    return this.#timeline.prepended;
  }

  get hasOlder(): boolean {
    return this.#timeline.hasOlder;
  }

  get isLoadingOlder(): boolean {
    return this.#timeline.isLoading;
  }

  /** Asked again while it loads, it is the same load. Where it fails, scrolling asks again. */
  loadOlder(): void {
    if (this.#loading.value === "ready" && this.hasOlder) this.#timeline.loadOlder().catch(() => {});
  }

  /** Tries once more what failed at first. */
  reload(): void {
    this.#loading.value = "first";
    void this.#open();
  }

  /** @throws {ChatError} where it cannot be sent at all */
  post(text: string): Message {
    // Whoever answers has seen what they answer to.
    this.#unreadAfter.value = undefined;
    return this.entry.room.post(text);
  }

  /** What was said is to be written anew, though another room may be open by now. */
  giveBack(text: string): void {
    this.#drafts.giveBack(this.entry.name, text);
  }

  /** The person has everything up to this seq before their eyes. Counts only while they look. */
  sees(seq: number): void {
    this.#seen = Math.max(this.#seen, seq);
    const { room } = this.entry;
    if (!isLooking.peek() || this.#readTimer !== undefined || this.#seen <= room.read.seq) return;
    room.markRead(this.#seen);
    this.#readTimer = setTimeout(() => {
      this.#readTimer = undefined;
      this.sees(this.#seen);
    }, READ_REST_MS);
  }

  /** The line of what was unread has done its work. */
  forgetUnread(): void {
    this.#unreadAfter.value = undefined;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.entry.isAtEnd.value = false;
    for (const off of this.#off) off();
    clearTimeout(this.#readTimer);
    removeEventListener("pagehide", this.#tellRead);
    this.#tellRead();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#timeline[Symbol.dispose]();
  }

  /** What was seen since it was told last is read, whichever room is gone to, and where the page is closed. */
  readonly #tellRead = (): void => {
    if (isLooking.peek()) this.entry.room.markRead(this.#seen);
  };

  async #open(): Promise<void> {
    const { room } = this.entry;
    try {
      // The first rows come with their looks: nothing jumps when the parser arrives.
      const parser = firstPaint().then(loadParser);
      if (room.state.kind !== "joined") await firstJoin(this.entry);
      const { seq, unread } = room.read;
      if (unread > 0) this.#unreadAfter.value = seq;
      await this.#timeline.loadOlder({ until: unread > 0 ? seq : undefined, atMost: MAX_UNREAD_LOADED });
      await parser;
      // An empty room has no timeline that could tell.
      this.entry.isAtEnd.value = unread === 0 && !this.#isDisposed;
      this.#loading.value = "ready";
    } catch {
      this.#loading.value = "failed";
    }
  }

  /** Who comes back finds the line where they left; what was before their eyes by then is read. */
  #looked(looking: boolean): void {
    const last = this.events.at(-1)?.seq ?? 0;
    if (looking) {
      this.sees(this.#seen);
      // Nothing came meanwhile: what comes now comes before their eyes.
      if (last <= (this.#unreadAfter.peek() ?? 0)) this.#unreadAfter.value = undefined;
    } else if (this.#loading.peek() === "ready") {
      const { room } = this.entry;
      // The server may not have heard yet of what came last.
      const hasSeenAll = this.#seen >= last;
      room.markRead(this.#seen);
      if (hasSeenAll || room.read.unread === 0) this.#unreadAfter.value = Math.max(this.#seen, room.read.seq);
    }
  }

  /** A burst of events is drawn once; a page that is not in view draws when it is again. */
  #changed(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.people.addAuthors(this.#timeline.events);
      this.#version.value++;
    });
  }
}

/** The page is there to be seen before it loads more. One that is not looked at does not draw. */
function firstPaint(): Promise<void> {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

function firstJoin(entry: RoomEntry): Promise<void> {
  return new Promise((resolve, reject) => {
    const off = entry.state.subscribe((state) => {
      if (state.kind === "joining" || state.kind === "leaving") return;
      queueMicrotask(() => off());
      if (state.kind === "joined") resolve();
      else reject(state.kind === "refused" ? state.error : new Error("left"));
    });
  });
}
