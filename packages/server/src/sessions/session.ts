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
import { VERSION } from "../version.ts";
import { answer, fail, mayBeCalled, orRefuse, refOf } from "./answer.ts";
import type { Context } from "./context.ts";
import { Intake } from "./intake.ts";
import { join, leaveAll } from "./joining.ts";
import { personIdOf } from "./people.ts";
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
        return answer(state.context, state.sending, frame, overRateMs);
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

  #rejoin(context: Context, frame: JoinFrame): Promise<void> | undefined {
    if (context.memberships.has(frame.room)) return orRefuse(context, join(context, frame), frame);
    return undefined; // it left meanwhile
  }

  /** The same for what is answered at once: behind something that takes time, nobody else would catch it. */
  #orInternal<T>(handle: () => T, decoded: Decoded<ClientFrame>): T | undefined {
    try {
      return handle();
    } catch (error) {
      const { ref, room } = decoded.ok ? refOf(decoded.frame) : decoded.error;
      return fail(this.#refusing, error, { ref, room });
    }
  }

  #hello(timer: Timer, { name, session = makeSession() }: HelloFrame): undefined {
    const chat = this.#chat;
    const id = personIdOf(session);
    if (!mayBeCalled(this.#refusing, id, name)) return;
    timer.cancel();
    const person = chat.people.enter(id, name, this);
    if (person === undefined) return this.#close(1013, "too many connections of this person");
    const context: Context = {
      chat,
      person,
      session: this,
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

  get #refusing() {
    return {
      chat: this.#chat,
      refuse: (code: ErrorCode, details?: ErrorDetails) => this.refuse(code, details),
    };
  }

  #close(code: number, reason: string): undefined {
    this.#connection.close(code, reason);
  }
}

/** Of a frame in UTF-8. A short one needs no counting: it is one message whatever its letters. */
function bytesOf(message: string): number {
  return message.length * 3 <= limits.bytesPerMessage ? message.length : Buffer.byteLength(message);
}
