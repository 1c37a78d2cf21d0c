import type { EventFrame } from "@natter/protocol";
import { Emitter } from "./emitter.ts";
import type { Message } from "./message.ts";
import type { Room } from "./room.ts";

/** What a page shows of a room: events, and behind them what this person said that is not one yet. */
export type TimelineItem =
  | { readonly kind: "event"; readonly event: EventFrame }
  | { readonly kind: "message"; readonly message: Message };

/**
 * A stretch of a room's log without gaps up to what came last, longer backwards at each `loadOlder`, and what waits.
 * `change` tells of anything new, once for all that came in one turn. Dispose of it when nobody looks any more.
 */
export class Timeline extends Emitter<{ change: [timeline: Timeline] }> implements Disposable {
  readonly #room: Room;
  readonly #pageSize: number;
  readonly #off: (() => void)[];
  #events: EventFrame[] = [];
  /** The seq below which nothing is known yet; `undefined`: not in the room yet. */
  #from: number | undefined;
  #hasOlder = true;
  #wasAsked = false;
  #loading: Promise<boolean> | undefined;
  #version = 0;
  #isTelling = false;

  /** @param options `pageSize`: events that `loadOlder` asks for, 1 to 200, default 50 */
  constructor(room: Room, options: { pageSize?: number } = {}) {
    super();
    this.#room = room;
    this.#pageSize = options.pageSize ?? 50;
    this.#begin();
    this.#off = [
      room.on("event", (event) => {
        this.#events.push(event);
        this.#changed();
      }),
      room.on("message", () => this.#changed()),
      room.on("reset", () => this.#reset()),
      room.on("state", () => this.#from === undefined && this.#begin()),
    ];
  }

  /** In the order of their seq. The same array as long as `version` is, and longer afterwards: do not keep it. */
  get events(): readonly EventFrame[] {
    return this.#events;
  }

  /** Events, then what is pending or failed. Made anew at each call. */
  get items(): TimelineItem[] {
    const events = this.#events.map((event): TimelineItem => ({ kind: "event", event }));
    const messages = this.#room.messages.map((message): TimelineItem => ({ kind: "message", message }));
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
   * Puts the page before in front. Waits until the room is joined. Called while it loads, it is the same load.
   *
   * @returns whether there is more
   * @throws {ChatError} as `Room.history`
   */
  loadOlder(): Promise<boolean> {
    this.#wasAsked = true;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      this.#changed();
    });
    return this.#loading;
  }

  [Symbol.dispose](): void {
    for (const off of this.#off) off();
    this.end();
  }

  async #load(): Promise<boolean> {
    if (!this.#hasOlder) return false;
    // Where the room is not joined yet, nothing is known of where it begins.
    if (this.#from === undefined) await this.#room.joined();
    const from = this.#from ?? (this.#room.position?.seq ?? 0) + 1;
    if (from <= 1) {
      this.#hasOlder = false;
      return false;
    }
    const page = await this.#room.history({ before: from, limit: this.#pageSize });
    // A reset in between: that was another log.
    if (this.#from !== from) return this.#wasAsked ? await this.#load() : this.#hasOlder;
    this.#events = [...page.events, ...this.#events];
    this.#from = page.range?.[0] ?? from;
    this.#hasOlder = page.more;
    return page.more;
  }

  #begin(): void {
    const seq = this.#room.state.kind === "joined" ? this.#room.position?.seq : undefined;
    if (seq !== undefined) this.#from = seq + 1;
  }

  #reset(): void {
    this.#events = [];
    this.#from = undefined;
    this.#hasOlder = true;
    this.#changed();
    // Whoever had begun to read goes on with the newest there is. It fails only where the room is left.
    if (this.#wasAsked && this.#loading === undefined) this.loadOlder().catch(() => {});
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
