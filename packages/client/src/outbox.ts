import {
  type ErrorFrame,
  type EventFrame,
  limits,
  makeId,
  type SendFrame,
  type SkipFrame,
} from "@natter/protocol";
import type { Environment } from "./environment.ts";
import { ChatError, errorOf, storageFailed } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { Lane } from "./lane.ts";
import { Message, type MessageActions } from "./message.ts";
import type { MessageRecord } from "./storage/storage.ts";

/** Tries that the server failed in a way it did not expect, until a message is given up. */
const MAX_FAILURES = 5;

/**
 * Refusals after which it is certain that this try was not stored. After any other, a newer server's too, it is not; nor
 * after `held`, which is also said of what was on its way to the disk behind the one that failed there.
 */
const NOT_STORED: readonly string[] = ["rate_limited", "busy", "not_joined", "hello_first", "restarting"];

type Of = {
  readonly env: Environment;
  readonly journal: Journal;
  /** Messages that may be pending or failed. */
  readonly maxWaiting: number;
  /** Something may be sent now. */
  readonly pump: () => void;
  readonly onChange: (message: Message) => void;
};

/** Everything that was said and is not settled: sent in order, again where it must be, and once (P3, P4, P6). */
export class Outbox implements MessageActions {
  readonly #of: Of;
  readonly #lanes = new Map<string, Lane>();
  /** Pending and failed ones, in order. */
  readonly #byId = new Map<string, Message>();
  /** Taken back or discarded: not to be taken in again by whoever looked at the storage a moment before. */
  readonly #gone = new Set<string>();
  #lastOrder = 0;
  /** Bytes of a text, as `welcome` says. */
  textBytes: number = limits.maxTextBytes;

  constructor(of: Of) {
    this.#of = of;
  }

  /** Rooms in which something is to be said. */
  get rooms(): string[] {
    return [...this.#lanes.keys()].filter((room) => this.#lane(room).messages.length > 0);
  }

  /** What was said in a room and is pending or failed, in order. */
  messages(room: string): Message[] {
    return [...this.#byId.values()].filter((message) => message.room === room);
  }

  knows(id: string): boolean {
    return this.#byId.has(id) || this.#gone.has(id) || this.#of.journal.isRemoving(id);
  }

  /** @throws {ChatError} where the text cannot be sent, or too many wait */
  post(room: string, text: string): Message {
    // What a frame could not hold would close the connection; all else is the server's to judge.
    if (new TextEncoder().encode(text).length > this.textBytes) throw new ChatError("text_too_long");
    if (text.trim() === "") throw new ChatError("text_empty");
    if (this.#byId.size >= this.#of.maxWaiting) throw new ChatError("outbox_full");
    const at = this.#of.env.clock.now();
    const message = new Message({ room, id: makeId(), text, at, order: 0 }, this);
    this.#queue(message);
    return message;
  }

  /** Takes in what another client left. Whether that one sent it, nobody knows. */
  adopt(records: readonly MessageRecord[]): void {
    for (const record of records.toSorted((one, other) => one.order - other.order)) {
      if (this.knows(record.id)) continue;
      const message = new Message(record, this);
      message.maybeStored = message.isAdopted = message.isKept = true;
      this.#byId.set(message.id, message);
      if (!record.failed) {
        this.#lane(message.room).messages.push(message);
        this.#wait(message);
      } else {
        const { code, message: text, maybeStored } = record.failed;
        message.maybeStored = maybeStored;
        this.#enter(message, { kind: "failed", error: new ChatError(code, { message: text }), maybeStored });
      }
    }
    this.#of.pump();
  }

  /** The next frame to send, which is sent; or none, for nothing waits, or too many are on their way (S4). */
  next(isJoined: (room: string) => boolean): SendFrame | SkipFrame | undefined {
    let sent = 0;
    for (const lane of this.#lanes.values()) sent += lane.sent;
    for (const [room, lane] of this.#lanes) {
      const skip = lane.takeSkip();
      if (skip !== undefined) return { type: "skip", room, id: skip };
      if (sent >= limits.maxUnsettledSends || !isJoined(room)) continue;
      const message = lane.takeNext();
      if (!message) continue;
      // Whose turn it was is last the next time: no room waits for another's whole queue.
      this.#lanes.delete(room);
      this.#lanes.set(room, lane);
      message.unanswered++;
      this.#enter(message, { kind: "sent" });
      return { type: "send", room, id: message.id, text: message.text };
    }
    return undefined;
  }

  /** An event of this person, from the log or only to acknowledge (A1, A4). */
  settle(event: EventFrame): void {
    const message = this.#byId.get(event.id);
    if (!message || message.room !== event.room) return;
    this.#lane(message.room).retry.worked();
    this.#of.journal.remove(message);
    this.#end(message, { kind: "durable", event });
  }

  /** A send was refused; maybe one that is settled by now. */
  refuse(error: ErrorFrame): void {
    const { ref = "", retry, code } = error;
    const message = this.#byId.get(ref);
    const room = message?.room ?? error.room;
    if (room === undefined) return;
    const lane = this.#lane(room);
    if (message) message.unanswered--;
    if (!message?.isPending) {
      if (retry && code !== "held") this.#comeBack(lane.refuseGone(ref));
    } else if (retry) {
      this.#refuseForNow(message, lane, error);
    } else {
      this.#fail(message, errorOf(error), true);
    }
    this.#of.pump();
  }

  #refuseForNow(message: Message, lane: Lane, error: ErrorFrame): void {
    const { code, retryAfterMs } = error;
    const isHeld = code === "held";
    if (!NOT_STORED.includes(code)) message.maybeStored = true;
    this.#comeBack(lane.refuse(message, !isHeld), errorOf(error));
    if (code === "internal" && ++message.failures >= MAX_FAILURES) {
      lane.skip(message.id);
      this.#fail(message, errorOf(error));
    } else if (!isHeld || !lane.retry.isWaiting) lane.retry.wait(retryAfterMs);
  }

  /** The connection is gone: what was on its way is stored or not (P6), and sent again with the same id. */
  lost(): void {
    for (const lane of this.#lanes.values()) this.#comeBack(lane.lost());
    for (const message of this.#byId.values()) message.unanswered = 0;
  }

  /** The room cannot be joined: nothing said in it will ever be sent. */
  failRoom(room: string, error: ChatError): void {
    for (const message of [...this.#lane(room).messages]) this.#fail(message, error);
  }

  async takeBack(message: Message): Promise<void> {
    if (message.state.kind !== "waiting" || message.maybeStored || message.isClaimed) throw unknown();
    message.isClaimed = true;
    try {
      if (!(await this.#of.journal.claim(message))) throw unknown();
      // Another tab may have sent it, and the event have come, in the meantime.
      if (message.isPending) this.#leave(message, { kind: "taken back" });
    } catch (cause) {
      if (cause instanceof ChatError) throw cause;
      const error = storageFailed(cause, false);
      // It may be out of the storage while what comes after it is there: sent now, it could come after that (P4).
      message.maybeStored = true;
      if (message.isPending) this.#fail(message, error);
      throw error;
    } finally {
      message.isClaimed = false;
      this.#of.pump();
    }
  }

  giveUp(message: Message): void {
    if (!message.isPending) return;
    this.#fail(message, new ChatError("given_up"));
    this.#of.pump();
  }

  sendAgain(message: Message): void {
    this.#requireFailed(message);
    this.#byId.delete(message.id);
    // Whoever took it over before may send it still.
    message.isAdopted = message.isRequeued = true;
    message.failures = 0;
    this.#queue(message);
  }

  discard(message: Message): void {
    this.#requireFailed(message);
    this.#of.journal.remove(message);
    this.#leave(message, { kind: "discarded" });
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.retry.stop();
    for (const message of this.#byId.values()) message.abandon();
  }

  #queue(message: Message): void {
    // Later than all before, by the clock if it can be: so that orders of different clients mostly compare too.
    this.#lastOrder = Math.max(this.#lastOrder + 1, this.#of.env.clock.now());
    message.order = this.#lastOrder;
    this.#byId.set(message.id, message);
    this.#lane(message.room).messages.push(message);
    this.#wait(message);
    this.#of.journal.put(message);
    this.#of.pump();
  }

  /** They were on their way, and will be sent again. */
  #comeBack(messages: readonly Message[], refusal?: ChatError): void {
    for (const message of messages) {
      if (message.unanswered > 0) message.maybeStored = true;
      this.#wait(message, refusal);
    }
  }

  #wait(message: Message, refusal?: ChatError): void {
    this.#enter(message, { kind: "waiting", maybeStored: message.maybeStored, refusal });
  }

  #fail(message: Message, error: ChatError, isAnswer = false): void {
    // Given up while it was on its way, nobody knows; where the server refused it, this try was not stored (S10).
    const maybeStored = message.maybeStored || (message.state.kind === "sent" && !isAnswer);
    message.maybeStored = maybeStored;
    this.#lane(message.room).remove(message);
    this.#enter(message, { kind: "failed", error, maybeStored });
    this.#of.journal.put(message);
  }

  #leave(message: Message, state: Parameters<Message["enter"]>[0]): void {
    this.#gone.add(message.id);
    this.#end(message, state);
  }

  #end(message: Message, state: Parameters<Message["enter"]>[0]): void {
    this.#byId.delete(message.id);
    this.#lane(message.room).remove(message);
    this.#enter(message, state);
    this.#of.pump();
  }

  #enter(message: Message, state: Parameters<Message["enter"]>[0]): void {
    message.enter(state);
    this.#of.onChange(message);
  }

  #requireFailed({ state }: Message): void {
    if (state.kind !== "failed") throw new ChatError("not_failed");
  }

  #lane(room: string): Lane {
    const lane = this.#lanes.get(room) ?? new Lane(this.#of.env, this.#of.pump);
    this.#lanes.set(room, lane);
    return lane;
  }
}

function unknown(): ChatError {
  return new ChatError("outcome_unknown");
}
