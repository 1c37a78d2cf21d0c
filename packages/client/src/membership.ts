import type {
  ClientFrame,
  ErrorFrame,
  JoinedFrame,
  ReadPositionFrame,
  ReceivedEvent,
  ResetFrame,
} from "@natter/protocol";
import type { Environment } from "./environment.ts";
import { type ChatError, errorOf } from "./errors.ts";
import { Position, type RoomPosition } from "./position.ts";
import { Retry } from "./retry.ts";

/** Whether one is in a room. */
export type RoomState =
  /** Asked to be, or to be again; `refusal`: why it was refused for now. */
  | { readonly kind: "joining"; readonly refusal?: ChatError | undefined }
  /** In it, and every event comes. */
  | { readonly kind: "joined" }
  /** Refused for good; `join` tries again. */
  | { readonly kind: "refused"; readonly error: ChatError }
  | { readonly kind: "leaving" }
  /** Out of it: left, or the client is closed. */
  | { readonly kind: "left" };

type Hooks = {
  readonly pump: () => void;
  readonly onState: (state: RoomState) => void;
  readonly onJoined: (frame: JoinedFrame, isContinued: boolean) => void;
  readonly onEvent: (event: ReceivedEvent) => void;
  /** What is held of the room no longer connects (J6). */
  readonly onReset: () => void;
};

const JOINING: RoomState = { kind: "joining" };

/** What this client asks of the server about one room, one thing at a time, and where it stands in the room's log. */
export class Membership {
  readonly #retry: Retry;
  readonly #room: string;
  readonly #hooks: Hooks;
  #position = new Position();
  #state: RoomState = { kind: "left" };
  /** Only because something waits to be said here, which another tab left. */
  #isAside = false;
  /** The join under way is of a position that is given up: its answer counts for nothing but as one. */
  #isStale = false;
  /** The read position that is on its way; 0: none. */
  #readAsked = 0;
  #isLeaveAsked = false;
  #readWanted = 0;
  #gaps = 0;

  constructor(env: Environment, room: string, hooks: Hooks) {
    this.#retry = new Retry(env, hooks.pump);
    this.#room = room;
    this.#hooks = hooks;
  }

  get state(): RoomState {
    return this.#state;
  }

  get position(): RoomPosition | undefined {
    return this.#position.held;
  }

  get isJoined(): boolean {
    return this.#state.kind !== "leaving" && this.#position.join === "joined" && !this.#isStale;
  }

  /** Whether what happens in the room is anybody's here. */
  get isWanted(): boolean {
    return !this.#isAside && this.#isIn;
  }

  get #isIn(): boolean {
    return this.#state.kind === "joining" || this.#state.kind === "joined";
  }

  /** Joins, and stays. Nothing where that is so already. */
  want(start: RoomPosition | undefined): void {
    if (this.isWanted) return;
    this.#isAside = false;
    this.#isStale = this.#position.join === "asked";
    this.#position = new Position(start);
    this.#enter(JOINING);
    this.#hooks.pump();
  }

  /** Joins for as long as this connection lasts, to say what waits. */
  wantAside(): void {
    if (this.#state.kind !== "left") return;
    this.#isAside = true;
    this.#enter(JOINING);
    this.#hooks.pump();
  }

  leave(): void {
    if (this.#state.kind === "left" || this.#state.kind === "leaving") return;
    this.#retry.stop();
    this.#enter({ kind: "leaving" });
    this.#hooks.pump();
  }

  /** Moves the read position on (D2). */
  read(seq: number): void {
    this.#readWanted = Math.max(this.#readWanted, Math.min(seq, this.#position.held?.seq ?? 0));
    this.#hooks.pump();
  }

  /** The next frame to send, which is sent. */
  next(): ClientFrame | undefined {
    const room = this.#room;
    if (this.#retry.isWaiting) return undefined;
    if (this.#state.kind === "leaving" && !this.#isLeaveAsked) {
      this.#isLeaveAsked = true;
      return { type: "leave", room };
    }
    // An error names the room, but not what it refuses: only one of these is under way at a time.
    if (!this.#isIn || this.#readAsked > 0 || this.#isStale) return undefined;
    if (this.#position.join === "none") return this.#position.ask(room);
    if (this.#position.join !== "joined" || this.#readWanted === 0) return undefined;
    this.#readAsked = this.#readWanted;
    return { type: "read", room, seq: this.#readAsked };
  }

  joined(frame: JoinedFrame): void {
    if (this.#isStale) {
      this.#isStale = false;
      this.#hooks.pump();
      return;
    }
    if (this.#position.join !== "asked") return;
    if (this.#state.kind !== "joining") {
      this.#position.unjoin(); // answered, if too late
      return;
    }
    const how = this.#position.joined(frame);
    if (how === "lost") this.#hooks.onReset();
    if (this.#gaps === 0) this.#retry.worked();
    this.#hooks.onJoined(frame, how === "continued");
    this.#enter({ kind: "joined" });
    this.#hooks.pump();
  }

  reset(frame: ResetFrame): void {
    if (this.#isStale || !this.#isIn) return;
    this.#position.reset(frame);
    this.#readWanted = 0;
    this.#enter(JOINING);
    this.#hooks.onReset();
  }

  event(event: ReceivedEvent): void {
    if (!this.isJoined) return;
    switch (this.#position.event(event)) {
      case "next":
        this.#gaps = 0;
        this.#hooks.onEvent(event);
        break;
      case "gap":
        // A server that always leaves the same one out is not asked as fast as it answers.
        if (this.#gaps++ > 0) this.#retry.wait();
        this.rejoin();
        break;
      case "past":
        break;
    }
  }

  readAt({ seq }: ReadPositionFrame): void {
    if (Math.max(seq, this.#readAsked) >= this.#readWanted) this.#readWanted = 0;
    this.#readAsked = 0;
    this.#hooks.pump();
  }

  left(): void {
    this.#isLeaveAsked = false;
    if (this.#state.kind === "leaving") {
      this.close();
      this.#hooks.pump();
    } else if (this.isJoined) this.rejoin();
  }

  /** Out of step with the server: joins again from where this client is. */
  rejoin(): void {
    if (this.#position.join !== "joined") return;
    this.#position.unjoin();
    this.#enter(JOINING);
    this.#hooks.pump();
  }

  /** What was asked about this room was refused. */
  refuse(error: ErrorFrame): void {
    if (error.retry) this.#retry.wait(error.retryAfterMs);
    if (this.#position.join === "asked" || this.#isStale) {
      this.#isStale = false;
      this.#position.unjoin();
      if (this.#state.kind !== "joining") return;
      this.#enter(
        error.retry
          ? { kind: "joining", refusal: errorOf(error) }
          : { kind: "refused", error: errorOf(error) },
      );
    } else if (this.#isLeaveAsked) {
      this.#isLeaveAsked = false;
      if (!error.retry) this.left();
    } else if (this.#readAsked > 0) {
      this.#readAsked = 0;
      if (error.code === "not_joined") this.rejoin();
      else if (!error.retry) this.#readWanted = 0;
    }
  }

  /** The connection is gone. */
  lost(): void {
    this.#position.unjoin();
    this.#isStale = this.#isLeaveAsked = false;
    this.#readAsked = 0;
    this.#retry.stop();
    if (this.#isAside) this.close();
    else if (this.#state.kind === "joined") this.#enter(JOINING);
  }

  close(): void {
    this.#retry.stop();
    this.#position = new Position();
    this.#isAside = false;
    this.#readWanted = 0;
    if (this.#state.kind !== "left") this.#enter({ kind: "left" });
  }

  #enter(state: RoomState): void {
    this.#state = state;
    this.#hooks.onState(state);
  }
}
