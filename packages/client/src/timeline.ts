import { type EventFrame, limits } from "@natter/protocol";
import { Emitter } from "./emitter.ts";
import type { Message } from "./message.ts";
import type { HistoryPage, Room } from "./room.ts";

/** What a page shows of a room: events, and behind them what this person said that is not one yet. */
export type TimelineItem =
  | { readonly kind: "event"; readonly event: EventFrame }
  | { readonly kind: "message"; readonly message: Message };

/** How far back `loadOlder` goes. */
export interface OlderOptions {
  /** Goes on, page by page, until all that came after this seq is known. Default: one page. */
  readonly until?: number | undefined;
  /** Seqs that are gone back at most for `until`. Default: 1,000. */
  readonly atMost?: number | undefined;
}

const DEFAULT_AT_MOST = 1_000;

/**
 * A stretch of a room's log without gaps up to what came last, longer backwards at each `loadOlder`, and what waits.
 * `change` tells of anything new, once for all that came in one turn. Dispose of it when nobody looks any more.
 */
export class Timeline extends Emitter<{ change: [timeline: Timeline] }> implements Disposable {
  readonly #room: Room;
  readonly #pageSize: number;
  readonly #off: (() => void)[];
  #events: EventFrame[] = [];
  /** Ids of one's own among the events. */
  readonly #mine = new Set<string>();
  #messages: readonly Message[] | undefined;
  #prepended = 0;
  /** The seq below which nothing is known yet; `undefined`: not in the room yet. */
  #from: number | undefined;
  /** Logs that were another one than the log before. */
  #resets = 0;
  /** Out of the room: what it brings when it is entered again does not connect with what is here. */
  #isOut = false;
  #hasOlder = true;
  #wasAsked = false;
  /** How far the load under way goes: the seq after which all is to be known, and how many seqs back that may be. */
  #until = Number.POSITIVE_INFINITY;
  #atMost = 0;
  #loading: Promise<boolean> | undefined;
  #version = 0;
  #isTelling = false;

  /** @param options `pageSize`: events that `loadOlder` asks for, 1 to 200, default 50 */
  constructor(room: Room, options: { pageSize?: number } = {}) {
    super();
    this.#room = room;
    this.#pageSize = options.pageSize ?? 50;
    this.#entered();
    this.#off = [
      room.on("event", (event) => {
        this.#events.push(event);
        this.#know([event]);
        this.#changed();
      }),
      room.on("message", () => {
        this.#messages = undefined;
        this.#changed();
      }),
      room.on("reset", () => this.#reset()),
      room.on("state", () => this.#entered()),
    ];
  }

  /**
   * In the order of their seq. Within one log it only grows, at its end and, by what `loadOlder` brings, at its front; a
   * `reset` of the room empties it. Do not keep it: it may be another array after each `change`.
   */
  get events(): readonly EventFrame[] {
    return this.#events;
  }

  /**
   * What is pending or failed, in the order of sending; it stands behind `events`, and nothing stands in both: what another
   * tab left may be stored, and wait for the answer that says so. Another array where it changed.
   */
  get messages(): readonly Message[] {
    this.#messages ??= this.#room.messages.filter(({ id }) => !this.#mine.has(id));
    return this.#messages;
  }

  /**
   * How many events were put in front since the beginning; it never goes down. What stood at `events[i]` before stands at
   * `events[i + n]` when this has grown by n: so a list that shows only a part stays where it is.
   */
  get prepended(): number {
    return this.#prepended;
  }

  /** Events, then what is pending or failed, in one array, which is made anew at each call: for short lists. */
  get items(): TimelineItem[] {
    const events = this.#events.map((event): TimelineItem => ({ kind: "event", event }));
    const messages = this.messages.map((message): TimelineItem => ({ kind: "message", message }));
    return [...events, ...messages];
  }

  /** Counts changes. */
  get version(): number {
    return this.#version;
  }

  /** Whether there may be something before the first event. */
  get hasOlder(): boolean {
    return this.#hasOlder;
  }

  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  /**
   * Puts the page before in front; with `until`, as many as it takes, up to a bound: to begin where somebody stopped
   * reading, say. Waits until the room is joined. Called while it loads, it is the same load, which goes as far as any
   * of its callers wants.
   *
   * @returns whether there is more
   * @throws {ChatError} as `Room.history`
   */
  loadOlder({ until, atMost = DEFAULT_AT_MOST }: OlderOptions = {}): Promise<boolean> {
    this.#wasAsked = true;
    if (until !== undefined) {
      this.#until = Math.min(this.#until, until);
      this.#atMost = Math.max(this.#atMost, atMost);
    }
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      this.#forgetGoal();
      this.#changed();
    });
    return this.#loading;
  }

  [Symbol.dispose](): void {
    for (const off of this.#off) off();
    this.end();
  }

  async #load(): Promise<boolean> {
    while (this.#hasOlder) {
      // Where the room is not joined yet, nothing is known of where it begins.
      if (this.#from === undefined) await this.#room.joined();
      const from = this.#from ?? 1;
      const resets = this.#resets;
      const page = from > 1 ? await this.#room.history({ before: from, limit: this.#limit(from) }) : NOTHING;
      if (this.#resets !== resets) continue; // that was another log: on with the newest of this one
      this.#events = [...page.events, ...this.#events];
      this.#know(page.events);
      this.#prepended += page.events.length;
      this.#from = page.range?.[0] ?? from;
      this.#atMost -= from - this.#from;
      this.#hasOlder = page.more && this.#from < from;
      if (this.#atMost <= 0 || !this.#isShort(this.#from)) break;
      this.#changed();
    }
    return this.#hasOlder;
  }

  /** Whether something is missing of what is to be known. */
  #isShort(from: number): boolean {
    return from > this.#until + 1;
  }

  #limit(from: number): number {
    if (!this.#isShort(from)) return this.#pageSize;
    return Math.max(1, Math.min(limits.maxPageEvents, this.#atMost));
  }

  #forgetGoal(): void {
    this.#until = Number.POSITIVE_INFINITY;
    this.#atMost = 0;
  }

  /** In the room, or out of it. */
  #entered(): void {
    const { state, position, membership } = this.#room;
    if (state.kind !== "joining" && state.kind !== "joined") this.#isOut = true;
    if (state.kind !== "joined" || !membership.isWanted || position === undefined) return;
    if (this.#isOut) this.#reset();
    this.#from ??= position.seq + 1;
  }

  #know(events: readonly EventFrame[]): void {
    for (const event of events) if (this.#room.isMine(event)) this.#mine.add(event.id);
    this.#messages = undefined;
  }

  #reset(): void {
    this.#events = [];
    this.#mine.clear();
    this.#messages = undefined;
    this.#from = undefined;
    this.#resets++;
    this.#isOut = false;
    this.#hasOlder = true;
    this.#forgetGoal();
    this.#changed();
    // Whoever had begun to read goes on with the newest there is. It fails only where the room is left.
    if (this.#wasAsked) this.loadOlder().catch(() => {});
  }

  #changed(): void {
    this.#version++;
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      this.emit("change", this);
    });
  }
}

/** The page before the first event. */
const NOTHING: HistoryPage = { events: [], range: undefined, more: false };
