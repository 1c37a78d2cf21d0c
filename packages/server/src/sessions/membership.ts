import { limits } from "@natter/protocol";
import type { Clock, Connection } from "../ports.ts";
import { frameChannel } from "../rooms/channels.ts";
import { encodeEvent } from "../rooms/event-frame.ts";
import type { Lease } from "../rooms/rooms.ts";
import type { ReadRange, RoomPage } from "../store/store.ts";
import type { Turns } from "./turns.ts";

/** Events read from the log at a time, and sent as far as they fit into the bytes of a page. */
const READ_EVENTS = 100;
/** How long to wait, in ms, until the log is asked again when it could not be read. */
const RETRY_MS = 1_000;

type State =
  /** Everything up to `cursor` was sent. There is no queue: what comes meanwhile is read from the log (L1). */
  | { readonly kind: "catching up"; cursor: number }
  /** It hears the room's channel: everything up to what the room has delivered was sent. */
  | { readonly kind: "live" }
  | { readonly kind: "gone" };

type ReadPage = (range: ReadRange) => Promise<RoomPage | undefined>;

/** One connection in one room. */
export class Membership {
  readonly #connection: Connection;
  readonly #lease: Lease;
  readonly #turns: Turns;
  readonly #readPage: ReadPage;
  readonly #clock: Clock;
  readonly #onTrimmed: (cursor: number) => void;
  readonly #onLiveAgain: () => void;
  readonly #onFailed: (error: unknown) => void;
  #state: State = { kind: "gone" };

  constructor(of: {
    connection: Connection;
    lease: Lease;
    turns: Turns;
    /** Reads the room's log, in the turn of the connection's address; undefined where the connection is gone by then. */
    readPage: ReadPage;
    clock: Clock;
    /** What comes next for it, after `cursor`, was trimmed: it has to begin anew. */
    onTrimmed: (cursor: number) => void;
    /** It was catching up and did not hear what passes unstored, and now hears it. */
    onLiveAgain: () => void;
    /** A mistake of ours: it will not catch up any more. */
    onFailed: (error: unknown) => void;
  }) {
    this.#connection = of.connection;
    this.#lease = of.lease;
    this.#turns = of.turns;
    this.#readPage = of.readPage;
    this.#clock = of.clock;
    this.#onTrimmed = of.onTrimmed;
    this.#onLiveAgain = of.onLiveAgain;
    this.#onFailed = of.onFailed;
  }

  get room(): Lease["room"] {
    return this.#lease.room;
  }

  /** Whether this seq was sent, or will be. */
  covers(seq: number): boolean {
    switch (this.#state.kind) {
      case "catching up":
        return seq > this.#state.cursor;
      case "live":
        return true;
      case "gone":
        return false;
    }
  }

  /** Sends everything after `cursor`, and from then on what comes. */
  start(cursor: number): void {
    const state: State = { kind: "catching up", cursor };
    this.#state = state;
    if (!this.#goLiveAtHead()) this.#comeBack(state);
  }

  /**
   * It could not take as much as came: whatever it was sent up to now waits, and the rest is read from the log.
   *
   * @returns whether it was live until now
   */
  fallBehind(): boolean {
    if (this.#state.kind !== "live") return false;
    this.#connection.leave(frameChannel(this.room.name));
    const state: State = { kind: "catching up", cursor: this.room.delivered };
    this.#state = state;
    this.#connection.whenDrained(() => this.#comeBack(state));
    return true;
  }

  end(): void {
    if (this.#state.kind === "gone") return;
    this.#connection.leave(frameChannel(this.room.name));
    this.#state = { kind: "gone" };
    this.#lease.release();
  }

  /** Who came and went meanwhile it was not told, so it is told who is there (L5). */
  #comeBack(state: State & { kind: "catching up" }): void {
    const caughtUp = this.#catchUp(state).then(() => {
      if (this.#state.kind === "live") this.#onLiveAgain();
    });
    caughtUp.catch(this.#onFailed);
  }

  async #catchUp(state: State & { kind: "catching up" }): Promise<void> {
    while (this.#state === state && this.#connection.isOpen && !this.#goLiveAtHead()) {
      const outcome = await this.#turns.take(() => this.#sendPage(state));
      if (outcome === "over") return;
      if (outcome === "nothing") await this.#pause();
    }
  }

  /** Sends what comes next, and waits until it is taken. */
  async #sendPage(state: State & { kind: "catching up" }): Promise<"sent" | "nothing" | "over"> {
    if (this.#state !== state) return "over";
    const page = await this.#readPage({ after: state.cursor, limit: READ_EVENTS }).catch(() => undefined);
    if (this.#state !== state) return "over";
    if (!this.room.isSure) {
      this.room.doubt();
      return "nothing";
    }
    if (page !== undefined && page.first > state.cursor + 1) {
      this.#onTrimmed(state.cursor);
      return "over";
    }
    if (page === undefined || page.events.length === 0) return "nothing";
    let bytes = 0;
    for (const event of page.events) {
      // What the room has not delivered yet comes to those who are live: it would be sent twice.
      if (event.seq > this.room.delivered || bytes > limits.maxPageBytes) break;
      const frame = encodeEvent(event);
      this.#connection.send(frame);
      bytes += frame.length;
      state.cursor = event.seq;
    }
    await this.#drained();
    return "sent";
  }

  /** In one turn: what the cursor has not reached is published to it, and nothing it has reached (L1). */
  #goLiveAtHead(): boolean {
    if (this.#state.kind === "catching up" && this.#state.cursor < this.room.delivered) return false;
    this.#connection.join(frameChannel(this.room.name));
    this.#state = { kind: "live" };
    return true;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => this.#connection.whenDrained(resolve));
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.after(RETRY_MS, resolve));
  }
}
