import {
  type ClientFrame,
  type Decoded,
  decodeClientFrame,
  type ErrorCode,
  type ErrorDetails,
  encodeServerFrame,
  errorFrame,
  type FrameError,
  type HelloFrame,
  type JoinFrame,
  limits,
  makeSession,
  type ServerFrame,
} from "@natter/protocol";
import type { Meter } from "../access/message-rate.ts";
import type { Chat } from "../chat.ts";
import type { Connection, Timer } from "../ports.ts";
import { StoreError } from "../store/errors.ts";
import { VERSION } from "../version.ts";
import type { Context } from "./context.ts";
import { Intake } from "./intake.ts";
import { join, leave, leaveAll } from "./joining.ts";
import { type KnownPerson, personIdOf } from "./people.ts";
import { history, listRooms, markRead, typing } from "./reading.ts";
import { Sending } from "./sending.ts";
import { hasMuchToTake, TaskQueue } from "./task-queue.ts";
import { Turns } from "./turns.ts";
import { TypingTimes } from "./typing-times.ts";

/** So many times what may wait for any client may come to wait for one that is behind, and is sent what concerns it alone. */
const SHARE_WHEN_BEHIND = 2;

type State =
  /** Nothing is known of it, so all it may do is bounded (H5). */
  | { readonly kind: "before hello"; bytes: number; readonly timer: Timer }
  | { readonly kind: "ready"; readonly context: Context; readonly sending: Sending }
  | { readonly kind: "closed" };

/** One connection that speaks natter.v1. */
export class Session {
  readonly #chat: Chat;
  readonly #connection: Connection;
  readonly #meter: Meter;
  readonly #intake: Intake;
  readonly #queue: TaskQueue;
  #state: State;
  /** What waited for it when it fell behind. */
  #behindBytes = 0;

  constructor(chat: Chat, connection: Connection) {
    this.#chat = chat;
    this.#connection = connection;
    this.#meter = chat.rate.meter(connection.address, chat.clock.elapsed());
    this.#intake = new Intake(connection);
    this.#queue = new TaskQueue(connection, this.#intake);
    const timer = chat.clock.after(limits.helloTimeoutMs, () => this.#close(1008, "no hello in time"));
    this.#state = { kind: "before hello", bytes: 0, timer };
  }

  /** A message came. */
  receive(message: string | Uint8Array): undefined {
    if (!this.#connection.isOpen) return;
    if (typeof message !== "string") return this.#close(1003, "text only");
    if (this.#state.kind === "before hello") {
      this.#state.bytes += Buffer.byteLength(message);
      if (this.#state.bytes > limits.maxBytesBeforeHello) return this.#close(1008, "too much before hello");
    }
    this.#queue.add(() => this.#handle(message));
    if (hasMuchToTake(this.#connection)) {
      this.#intake.pause("untaken");
      this.#connection.whenDrained(() => this.#intake.resume("untaken"));
    }
  }

  /** More waits for it than may: it goes on from the log, at its own pace (L2). */
  fallBehind(): "keep" | "cut" {
    const { waitingBytes, mayWaitBytes } = this.#connection;
    const memberships = this.#state.kind === "ready" ? [...this.#state.context.memberships.values()] : [];
    const wasLive = memberships.filter((membership) => membership.fallBehind()).length > 0;
    if (wasLive) this.#behindBytes = waitingBytes;
    // Nothing more comes to it from rooms, so this is what it is sent alone: names, positions, answers.
    return wasLive || waitingBytes <= this.#behindBytes + SHARE_WHEN_BEHIND * mayWaitBytes ? "keep" : "cut";
  }

  /** The connection is gone. */
  end(): void {
    const state = this.#state;
    this.#state = { kind: "closed" };
    this.#meter.release();
    switch (state.kind) {
      case "before hello":
        state.timer.cancel();
        break;
      case "ready":
        leaveAll(state.context);
        this.#chat.people.leave(state.context.person, this);
        break;
      case "closed":
        break;
    }
  }

  /** The server stops: nothing more is taken, and when to come back is said (X7). */
  restart(retryAfterMs: number): void {
    this.refuse("restarting", { retryAfterMs });
    this.#close(1012, "restarting");
  }

  send(frame: ServerFrame): undefined {
    this.#connection.send(encodeServerFrame(frame));
  }

  refuse(code: ErrorCode, details: ErrorDetails = {}): undefined {
    this.#chat.meters?.refused("frame", code);
    this.send(errorFrame(code, details));
  }

  tell(frame: string): void {
    this.#connection.send(frame);
  }

  tellIfIn(room: string, frame: string): void {
    if (this.#state.kind === "ready" && this.#state.context.memberships.has(room)) this.tell(frame);
  }

  /** The person goes by another name, said on one of their connections. */
  renamed(): void {
    if (this.#state.kind !== "ready") return;
    const { person, memberships } = this.#state.context;
    const { id, name } = person;
    for (const { room } of memberships.values()) room.presence.rename({ id, name });
  }

  /** Far over the rate, nobody looks at what it says: to read 64 KiB of JSON takes longer than to be sent them. */
  #handle(message: string): Promise<void> | undefined {
    const now = this.#chat.clock.elapsed();
    const overRateMs = this.#meter.take(now, bytesOf(message));
    if (overRateMs > 0 && this.#meter.isFlooding(now)) return this.#close(1008, "too many messages too fast");
    const decoded = decodeClientFrame(message);
    return this.#orInternal(() => this.#do(decoded, overRateMs), decoded);
  }

  #do(decoded: Decoded<ClientFrame>, overRateMs: number): Promise<void> | undefined {
    if (!decoded.ok) return this.#refuseForGood(decoded.error);
    const { frame } = decoded;
    if (overRateMs > 0 && frame.type !== "send") {
      return this.refuse("rate_limited", { ...refOf(frame), retryAfterMs: overRateMs });
    }
    const state = this.#state;
    switch (state.kind) {
      case "before hello":
        if (frame.type === "hello") return this.#hello(state.timer, frame);
        return this.refuse("hello_first", refOf(frame));
      case "ready":
        return this.#answer(frame, state, overRateMs);
      case "closed":
        return undefined;
    }
  }

  /** What cannot be read will not be read the next time either; if it was a send, nothing waits for it any more. */
  #refuseForGood(error: FrameError): undefined {
    const { type, room, ref } = error;
    if (this.#state.kind === "ready" && type === "send" && room !== undefined && ref !== undefined) {
      this.#state.sending.skip({ room, id: ref });
    }
    return this.refuse(error.code, error);
  }

  #answer(
    frame: ClientFrame,
    { context, sending }: State & { kind: "ready" },
    overRateMs: number,
  ): Promise<void> | undefined {
    switch (frame.type) {
      case "hello":
        return this.refuse("hello_again");
      case "send":
        return sending.send(frame, overRateMs);
      case "skip":
        return sending.skip(frame);
      case "typing":
        return typing(context, frame);
      case "ping":
        return this.send({ type: "pong", ...refOf(frame) });
      case "rename":
        return this.#rename(context.person, frame.name);
      case "join":
        if (frame.since === undefined) return this.#orRefuse(join(context, frame), frame);
        return this.#reading(frame, () => join(context, frame));
      case "leave":
        return this.#orRefuse(leave(context, frame), frame);
      case "history":
        return this.#reading(frame, () => history(context, frame));
      case "read":
        return this.#orRefuse(markRead(context, frame), frame);
      case "rooms":
        return this.#reading(frame, () => listRooms(context, frame));
    }
  }

  /** What makes the server read the log has a rate of its own: a page is asked for with a hundred bytes (M7). */
  #reading(frame: ClientFrame, read: () => Promise<void>): Promise<void> | undefined {
    const now = this.#chat.clock.elapsed();
    const retryAfterMs = this.#meter.takeRead(now);
    if (retryAfterMs === 0) return this.#orRefuse(read(), frame);
    if (this.#meter.isFlooding(now)) return this.#close(1008, "too many requests too fast");
    return this.refuse("rate_limited", { ...refOf(frame), retryAfterMs });
  }

  #rename(person: KnownPerson, name: string): undefined {
    if (!this.#mayBeCalled(person.id, name)) return;
    this.#chat.people.rename(person, name, this);
    this.send({ type: "renamed", you: { id: person.id, name } });
  }

  /** Everybody in all rooms of the person hears of another name, so there is a rate of them (M11). */
  #mayBeCalled(personId: string, name: string): boolean {
    const { people, rate, clock } = this.#chat;
    const retryAfterMs = rate.takeName(personId, people.nameOf(personId), name, clock.elapsed());
    if (retryAfterMs > 0) this.refuse("rate_limited", { retryAfterMs });
    return retryAfterMs === 0;
  }

  #rejoin(context: Context, frame: JoinFrame): Promise<void> | undefined {
    if (context.memberships.has(frame.room)) return this.#orRefuse(join(context, frame), frame);
    return undefined; // it left meanwhile
  }

  /** Whatever goes wrong while a frame is answered, the client is told, and nobody else is touched. */
  async #orRefuse(answering: Promise<void>, frame: ClientFrame): Promise<void> {
    try {
      await answering;
    } catch (error) {
      if (error instanceof StoreError) this.refuse("unavailable", refOf(frame));
      else this.#failed(error, refOf(frame));
    }
  }

  /** The same for what is answered at once: behind something that takes time, nobody else would catch it. */
  #orInternal<T>(handle: () => T, decoded: Decoded<ClientFrame>): T | undefined {
    try {
      return handle();
    } catch (error) {
      const { ref, room } = decoded.ok ? refOf(decoded.frame) : decoded.error;
      return this.#failed(error, { ref, room });
    }
  }

  #failed(error: unknown, ref: ErrorDetails): undefined {
    this.#chat.report(error);
    return this.refuse("internal", ref);
  }

  #hello(timer: Timer, { name, session = makeSession() }: HelloFrame): undefined {
    const chat = this.#chat;
    const id = personIdOf(session);
    if (!this.#mayBeCalled(id, name)) return;
    timer.cancel();
    const person = chat.people.enter(id, name, this);
    if (person === undefined) return this.#close(1013, "too many connections of this person");
    const context: Context = {
      chat,
      person,
      meter: this.#meter,
      connection: this.#connection,
      memberships: new Map(),
      typingTimes: new TypingTimes(),
      turns: new Turns(),
      rejoin: (frame) => this.#queue.add(() => this.#rejoin(context, frame)),
      send: (frame) => this.send(frame),
      refuse: (code, details) => this.refuse(code, details),
    };
    this.#state = { kind: "ready", context, sending: new Sending(context) };
    this.send({
      type: "welcome",
      you: { id: person.id, name },
      session,
      connection: this.#connection.id,
      limits: {
        textBytes: limits.maxTextBytes,
        frameBytes: limits.maxFrameBytes,
        messagesPerSecond: chat.rate.perSecond,
        burst: chat.rate.burst,
      },
      heartbeatMs: limits.heartbeatMs,
      server: `natter/${VERSION}`,
    });
    chat.people.rename(person, name, this);
  }

  #close(code: number, reason: string): undefined {
    this.#connection.close(code, reason);
  }
}

/** Of a frame in UTF-8. A short one needs no counting: it is one message whatever its letters. */
function bytesOf(message: string): number {
  return message.length * 3 <= limits.bytesPerMessage ? message.length : Buffer.byteLength(message);
}

/** What an answer needs so that the client knows which frame it belongs to (F8). */
function refOf(frame: ClientFrame): { ref?: string | undefined; room?: string | undefined } {
  const room = "room" in frame ? { room: frame.room } : {};
  if (frame.type === "send" || frame.type === "skip") return { ref: frame.id, ...room };
  return "ref" in frame ? { ref: frame.ref, ...room } : room;
}
