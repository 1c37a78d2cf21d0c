import {
  type ErrorFrame,
  type EventFrame,
  limits,
  type Person,
  type ReceivedEvent,
  type ReceivedFrame,
} from "@natter/protocol";
import { Emitter } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { ChatError } from "./errors.ts";
import { Membership, type RoomState } from "./membership.ts";
import type { Message } from "./message.ts";
import type { Outbox } from "./outbox.ts";
import type { RoomPosition } from "./position.ts";
import { type People, Presence, Typing } from "./presence.ts";
import type { Requests } from "./requests.ts";
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

/** Part of a room's log, lowest seq first. */
export interface HistoryPage {
  readonly events: readonly EventFrame[];
  /** The lowest and the highest seq of the page, those of events that this client does not know among them. */
  readonly range: readonly [number, number] | undefined;
  /** There are further ones in the direction asked for; older ones where none was. */
  readonly more: boolean;
}

/** @internal What a room needs of its client. */
export type RoomContext = {
  readonly env: Environment;
  readonly outbox: Outbox;
  readonly requests: Requests;
  readonly pump: () => void;
  readonly me: () => string | undefined;
  readonly send: (frame: { type: "typing"; room: string }) => void;
};

/** A room: what is said in it, who is there, how far one has read. From `ChatClient.join` or `room`. */
export class Room extends Emitter<RoomEvents> {
  readonly name: string;
  readonly #context: RoomContext;
  readonly #membership: Membership;
  readonly #presence = new Presence();
  readonly #typing: Typing;
  readonly #unread = new Unread();
  /** Frames that wait until whoever awaited `join` had a moment to listen. */
  #held: ReceivedFrame[] | undefined;
  readonly #holding: Retry;
  #wasJoined = false;
  #typedAt = Number.NEGATIVE_INFINITY;

  /** @internal */
  constructor(name: string, context: RoomContext) {
    super();
    this.name = name;
    this.#context = context;
    this.#holding = new Retry(context.env, () => this.#release());
    this.#typing = new Typing(context.env.clock, () => this.emit("typing", this.typing));
    this.#membership = new Membership(context.env, name, {
      pump: context.pump,
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
    return this.#membership.state;
  }

  /** The place in the log up to which `event` told; to be stored, and given to `join` another time. */
  get position(): RoomPosition | undefined {
    return this.#membership.position;
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

  /** What was said here and is pending or failed, in the order of sending. */
  get messages(): readonly Message[] {
    return this.#context.outbox.messages(this.name);
  }

  /**
   * Says something. Resolves with its event once that is on the server's disk, however long that takes: it waits in the
   * outbox through lost connections, and, in a browser, through reloads.
   *
   * @throws {ChatError} where it was refused for good or given up (`text_empty`, `outbox_full`, …); `closed`
   */
  async send(text: string): Promise<EventFrame> {
    return await this.post(text).durable();
  }

  /**
   * Says something, to be watched on its way.
   *
   * @throws {ChatError} at once where the text cannot be sent, too many messages wait, or the room was left
   */
  post(text: string): Message {
    if (!this.#membership.isWanted) throw this.#notHere();
    return this.#context.outbox.post(this.name, text);
  }

  /**
   * A page of what was said before: before a seq, after one, or the newest. Waits for a connection where there is none.
   *
   * @param options `limit`: 1 to 200, default 50; fewer may come
   * @throws {ChatError} `bad_position`, `bad_limit`; `left`, `closed`
   */
  async history(options: { before?: number; after?: number; limit?: number } = {}): Promise<HistoryPage> {
    if (!this.#membership.isWanted) throw this.#notHere();
    const { limit = 50, ...where } = options;
    const { events, more } = await this.#context.requests.history({ room: this.name, limit, ...where });
    const range = events[0] && ([events[0].seq, events.at(-1)!.seq] as const);
    return { events: events.filter((event) => event.kind === "message"), range, more };
  }

  /** Says that the person has read up to this seq, by default all that came; on all their devices. Only moves on. */
  markRead(seq: number = this.position?.seq ?? 0): void {
    if (seq > this.read.seq) this.#membership.read(seq);
  }

  /** Tells the others that the person types: call it at each stroke, it goes out every 3 s at most. */
  type(): void {
    const now = this.#context.env.clock.elapsed();
    if (!this.#membership.isJoined || now - this.#typedAt < limits.typingRepeatMs) return;
    this.#typedAt = now;
    this.#context.send({ type: "typing", room: this.name });
  }

  /**
   * Leaves the room, and takes it off the person's list, on all their devices. (Nothing is to be done to only stop
   * listening.) What waits to be said in it fails with `left`. Resolves when the server knows.
   */
  async leave(): Promise<void> {
    this.#context.outbox.failRoom(this.name, this.#notHere());
    this.#membership.leave();
    if (this.state.kind === "leaving") await this.#settled(({ kind }) => kind !== "leaving");
  }

  /** The events for `for await`; see `each` for those of another name. A `reset` does not end the loop. */
  [Symbol.asyncIterator](): AsyncGenerator<EventFrame, void, undefined> {
    return this.each("event");
  }

  /** @internal @throws {ChatError} where it is refused, left or the client closed */
  async joined(): Promise<this> {
    const state = await this.#settled(({ kind }) => kind !== "joining");
    if (state.kind === "refused") throw state.error;
    if (!this.#membership.isWanted) throw this.#notHere();
    return this;
  }

  /** @internal */
  get membership(): Membership {
    return this.#membership;
  }

  /** @internal */
  isMine({ from }: EventFrame): boolean {
    return from.id === this.#context.me();
  }

  /** @internal A frame that names this room. */
  receive(frame: ReceivedFrame): void {
    if (this.#held === undefined) this.#handle(frame);
    else this.#held.push(frame);
  }

  /** @internal */
  refuse(error: ErrorFrame): void {
    this.#membership.refuse(error);
  }

  /** @internal The connection is gone. */
  lost(): void {
    this.#release();
    this.#typing.clear();
    this.#membership.lost();
  }

  /** @internal The client is closed. */
  close(): void {
    this.#holding.stop();
    this.#held = undefined;
    this.#membership.close();
    this.end();
  }

  #handle(frame: ReceivedFrame): void {
    switch (frame.type) {
      case "joined":
        this.#membership.joined(frame);
        break;
      case "reset":
        this.#membership.reset(frame);
        break;
      case "event":
        this.#membership.event(frame);
        break;
      case "left":
        this.#membership.left();
        break;
      case "presence":
        this.#presence.take(frame);
        this.emit("people", this.people);
        break;
      case "typing":
        if (frame.from.id !== this.#context.me()) this.#typing.start(frame.from);
        break;
      case "read":
        this.#unread.take(frame);
        this.#membership.readAt(frame);
        this.emit("read", this.read);
        break;
      default:
        break;
    }
  }

  #take(event: ReceivedEvent): void {
    const before = this.read;
    this.#unread.event(event);
    if (!this.#membership.isWanted || event.kind !== "message") return;
    this.#typing.stop(event.from.id);
    this.emit("event", event);
    if (this.read.unread !== before.unread) this.emit("read", this.read);
  }

  #entered(state: RoomState): void {
    if (state.kind === "joined" && !this.#wasJoined && this.#membership.isWanted) {
      this.#wasJoined = true;
      this.#hold();
    }
    if (state.kind === "refused") this.#gone(state.error);
    if (state.kind === "left") this.#gone(this.#notHere());
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
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.#handle(frame);
  }

  /** Not in the room any more, and not to be again by itself. */
  #gone(error: ChatError): void {
    this.#wasJoined = false;
    this.#typing.clear();
    this.#context.requests.abandon(error, this.name);
    if (this.state.kind === "refused") this.#context.outbox.failRoom(this.name, error);
  }

  #settled(isIt: (state: RoomState) => boolean): Promise<RoomState> {
    if (isIt(this.state)) return Promise.resolve(this.state);
    return new Promise((resolve) => {
      const off = this.on("state", (state) => {
        if (!isIt(state)) return;
        off();
        resolve(state);
      });
    });
  }

  #notHere(): ChatError {
    return new ChatError("left");
  }
}
