import type { EventFrame, Person, ReceivedEvent, ReceivedFrame } from "@natter/protocol";
import { Emitter } from "./emitter.ts";
import { ChatError } from "./errors.ts";
import { Membership, type RoomState } from "./membership.ts";
import type { Message } from "./message.ts";
import type { RoomParts } from "./parts.ts";
import type { RoomPosition } from "./position.ts";
import { type People, Presence, Typing } from "./presence.ts";
import { Retry } from "./retry.ts";
import { type ReadState, Unread } from "./unread.ts";

export type RoomEvents = {
  /** Something was said, by anybody: each event once, in order, whatever the network does (P5). */
  event: [event: EventFrame];
  /**
   * What was told so far does not connect with what comes next: the log was restored from a backup, or what is missing was
   * trimmed (J6). Forget it; the newest is in `history`.
   */
  reset: [];
  state: [state: RoomState];
  people: [people: People];
  /** Who types now, oneself aside. */
  typing: [people: readonly Person[]];
  read: [read: ReadState];
  /** A message said here, in this client or another tab whose queue it took over, is in a new state. */
  message: [message: Message];
};

/** What is known of a room from what the server says, and told to those who listen. */
export class RoomView extends Emitter<RoomEvents> {
  readonly name: string;
  /** @internal */
  readonly membership: Membership;
  /** @internal */
  readonly parts: RoomParts;
  readonly #presence = new Presence();
  readonly #typing: Typing;
  readonly #unread = new Unread();
  /** Frames that wait until whoever awaited `join` had a moment to listen. */
  #held: ReceivedFrame[] | undefined;
  readonly #holding: Retry;
  #wasJoined = false;

  /** @internal */
  constructor(name: string, parts: RoomParts) {
    super();
    this.name = name;
    this.parts = parts;
    this.#holding = new Retry(parts.env, () => this.#release());
    this.#typing = new Typing(parts.env.clock, () => this.emit("typing", this.typing));
    this.membership = new Membership(parts.env, name, {
      pump: parts.outgoing.pump,
      onState: (state) => this.#entered(state),
      onJoined: (frame, isContinued) => {
        this.#presence.begin(frame.people);
        this.#unread.begin(frame, this.position?.seq ?? 0, isContinued);
      },
      onEvent: (event) => this.#take(event),
      onReset: () => this.emit("reset"),
    });
  }

  get state(): RoomState {
    return this.membership.state;
  }

  /** The place in the log up to which `event` told; to be stored, and given to `join` another time. */
  get position(): RoomPosition | undefined {
    return this.membership.position;
  }

  get people(): People {
    return this.#presence.people;
  }

  get typing(): readonly Person[] {
    return this.#typing.people;
  }

  get read(): ReadState {
    return this.#unread.state;
  }

  /** @internal */
  isMine({ from }: { readonly from: Person }): boolean {
    return from.id === this.parts.connection.you?.id;
  }

  /** @internal A frame that names this room. */
  receive(frame: ReceivedFrame): void {
    if (!this.#held) this.#handle(frame);
    else this.#held.push(frame);
  }

  /** @internal The connection is gone. */
  lost(): void {
    this.#release();
    this.#typing.clear();
    this.membership.lost();
  }

  /** @internal The client is closed. */
  close(): void {
    this.#holding.stop();
    this.#held = undefined;
    this.membership.close();
    this.end();
  }

  #handle(frame: ReceivedFrame): void {
    switch (frame.type) {
      case "joined":
        this.membership.joined(frame);
        break;
      case "reset":
        this.membership.reset(frame);
        break;
      case "event":
        this.membership.event(frame);
        break;
      case "left":
        this.membership.left();
        break;
      case "presence":
        this.#presence.take(frame);
        this.emit("people", this.people);
        break;
      case "typing":
        if (!this.isMine(frame)) this.#typing.start(frame.from);
        break;
      case "read":
        this.#unread.take(frame);
        this.membership.readAt(frame);
        this.emit("read", this.read);
        break;
      default:
        break;
    }
  }

  #take(event: ReceivedEvent): void {
    const before = this.read;
    this.#unread.event(event);
    if (!this.membership.isWanted || event.kind !== "message") return;
    this.#typing.stop(event.from.id);
    this.emit("event", event);
    if (this.read.unread !== before.unread) this.emit("read", this.read);
  }

  #entered(state: RoomState): void {
    if (state.kind === "joined" && !this.#wasJoined && this.membership.isWanted) {
      this.#wasJoined = true;
      this.#hold();
    }
    if (state.kind === "refused") this.#gone(state.error);
    if (state.kind === "left") this.#gone(new ChatError("left"));
    this.emit("state", state);
    if (state.kind !== "joined") return;
    this.emit("people", this.people);
    this.emit("read", this.read);
  }

  /**
   * Several messages may come in one turn, the first events right behind `joined`: whoever awaits `join` listens only
   * afterwards, and gets them all the same.
   */
  #hold(): void {
    this.#held = [];
    this.#holding.wait(0);
  }

  #release(): void {
    this.#holding.stop();
    const held = this.#held;
    this.#held = undefined;
    for (const frame of held ?? []) this.#handle(frame);
  }

  /** Not in the room any more, and not to be again by itself. */
  #gone(error: ChatError): void {
    this.#wasJoined = false;
    this.#typing.clear();
    this.parts.requests.abandon(error, this.name);
    if (this.membership.state.kind === "refused") this.parts.outbox.failRoom(this.name, error);
  }
}
