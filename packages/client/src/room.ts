import { type EventFrame, limits } from "@natter/protocol";
import { ChatError } from "./errors.ts";
import type { RoomState } from "./membership.ts";
import type { Message } from "./message.ts";
import { RoomView } from "./room-view.ts";

/** Part of a room's log, lowest seq first. */
export interface HistoryPage {
  readonly events: readonly EventFrame[];
  /** The lowest and the highest seq of the page, those of events that this client does not know among them. */
  readonly range: readonly [number, number] | undefined;
  /** There are further ones in the direction asked for; older ones where none was. */
  readonly more: boolean;
}

/** A room: what is said in it, who is there, how far one has read. From `ChatClient.join` or `room`. */
export class Room extends RoomView {
  #typedAt = Number.NEGATIVE_INFINITY;

  /** What was said here and is pending or failed, in the order of sending. */
  get messages(): readonly Message[] {
    return this.parts.outbox.messages(this.name);
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
    this.#requireWanted();
    return this.parts.outbox.post(this.name, text);
  }

  /**
   * A page of what was said before: before a seq, after one, or the newest. Waits for a connection where there is none.
   *
   * @param options `limit`: 1 to 200, default 50; fewer may come
   * @throws {ChatError} `bad_position`, `bad_limit`; `left`, `closed`
   */
  async history(options: { before?: number; after?: number; limit?: number } = {}): Promise<HistoryPage> {
    this.#requireWanted();
    const { limit = 50, ...where } = options;
    const { events, more } = await this.parts.requests.history({ room: this.name, limit, ...where });
    const range = events[0] && ([events[0].seq, events.at(-1)!.seq] as const);
    return { events: events.filter((event) => event.kind === "message"), range, more };
  }

  /** Says that the person has read up to this seq, by default all that came; on all their devices. Only moves on. */
  markRead(seq: number = this.position?.seq ?? 0): void {
    if (seq > this.read.seq) this.membership.read(seq);
  }

  /** Tells the others that the person types: call it at each stroke, it goes out every 3 s at most. */
  type(): void {
    const now = this.parts.env.clock.elapsed();
    if (!this.membership.isJoined || now - this.#typedAt < limits.typingRepeatMs) return;
    this.#typedAt = now;
    this.parts.outgoing.sendOrDrop({ type: "typing", room: this.name });
  }

  /**
   * Leaves the room, and takes it off the person's list, on all their devices. (Nothing is to be done to only stop
   * listening.) What waits to be said in it fails with `left`. Resolves when the server knows.
   */
  async leave(): Promise<void> {
    this.parts.outbox.failRoom(this.name, new ChatError("left"));
    this.membership.leave();
    await this.#after("leaving");
  }

  /** The events for `for await`; see `each` for those of another name. A `reset` does not end the loop. */
  [Symbol.asyncIterator](): AsyncGenerator<EventFrame, void, undefined> {
    return this.each("event");
  }

  /** @internal @throws {ChatError} where it is refused, left or the client closed */
  async joined(): Promise<this> {
    const state = await this.#after("joining");
    if (state.kind === "refused") throw state.error;
    this.#requireWanted();
    return this;
  }

  /** Its state once it is not this one any more. */
  async #after(kind: RoomState["kind"]): Promise<RoomState> {
    if (this.state.kind !== kind) return this.state;
    for await (const state of this.each("state")) if (state.kind !== kind) return state;
    return this.state;
  }

  #requireWanted(): void {
    if (!this.membership.isWanted) throw new ChatError("left");
  }
}
