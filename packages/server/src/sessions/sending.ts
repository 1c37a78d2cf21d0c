import { limits, type SendFrame, type SkipFrame } from "@natter/protocol";
import type { Refusal } from "../rooms/backlog.ts";
import { encodeAgain } from "../rooms/event-frame.ts";
import type { Room } from "../rooms/room.ts";
import type { Appended } from "../store/store.ts";
import { comeBackMs } from "./come-back.ts";
import type { Context } from "./context.ts";
import { Holds } from "./holds.ts";

/** What one connection sends, and in which order it may be stored. */
export class Sending {
  readonly #context: Context;
  readonly #holds = new Holds();
  /** Sends on their way to the log. More than a client may have (S4) are made to wait: each is answered in full. */
  #underWay = 0;
  #onFewer: (() => void) | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** @param overRateMs after how many ms another message is within the rate; 0 if this one is */
  send(frame: SendFrame, overRateMs: number): Promise<void> | undefined {
    const { chat, connection, memberships } = this.#context;
    const order = this.#holds.next();
    const room = memberships.get(frame.room)?.room;
    const refusal = chat.refusal(frame.room);
    if (this.#holds.holds(frame.room, frame.id)) this.#refuse("held", frame);
    else if (overRateMs > 0) this.#hold(frame, order, "rate_limited", overRateMs);
    else if (room === undefined) this.#hold(frame, order, "not_joined");
    else if (refusal?.code === "restarting")
      this.#hold(frame, order, refusal.code, comeBackMs(connection.id));
    else if (refusal !== undefined) this.#hold(frame, order, refusal.code, refusal.retryAfterMs);
    else this.#append(room, frame, order);
    if (this.#underWay <= limits.maxUnsettledSends) return undefined;
    return new Promise((resolve) => {
      this.#onFewer = resolve;
    });
  }

  /** Gives up a refused send, so that those behind it may come (S7). */
  skip({ room, id }: Pick<SkipFrame, "room" | "id">): undefined {
    this.#holds.release(room, id);
  }

  #append(room: Room, frame: SendFrame, order: number): void {
    const { chat, person } = this.#context;
    const { id, text } = frame;
    this.#holds.release(room.name, id);
    const from = { id: person.id, name: person.name };
    room.append(
      { kind: "message", id, at: chat.clock.now(), from, text },
      {
        stored: (appended) => {
          this.#acknowledge(appended);
          this.#settled();
        },
        failed: () => {
          this.#fail(frame, order);
          this.#settled();
        },
      },
    );
    this.#underWay++;
  }

  #settled(): void {
    this.#underWay--;
    if (this.#underWay > limits.maxUnsettledSends) return;
    this.#onFewer?.();
    this.#onFewer = undefined;
  }

  /** The event itself, to the whole room, is the acknowledgement; this is for a sender whom it does not reach. */
  #acknowledge(appended: Appended): void {
    const { connection, memberships, person } = this.#context;
    const { room, seq } = appended.event;
    if (!appended.again && memberships.get(room)?.covers(seq)) return;
    connection.send(encodeAgain(appended, person.name));
  }

  /** Whether it was stored is not known; the client finds out by sending it again. */
  #fail(frame: SendFrame, order: number): void {
    if (this.#context.connection.isOpen) this.#hold(frame, order, "unavailable");
  }

  /** Refuses a send that may come again, and makes others wait for it unless they wait for an earlier one. */
  #hold(
    frame: SendFrame,
    order: number,
    code: Refusal["code"] | "rate_limited" | "not_joined" | "unavailable",
    retryAfterMs?: number,
  ): void {
    const isFirst = this.#holds.refuse(frame.room, frame.id, order);
    this.#refuse(isFirst ? code : "held", frame, retryAfterMs);
    if (this.#holds.areTooMany) this.#context.connection.close(1008, "too many rooms with refused messages");
  }

  #refuse(code: Parameters<Context["refuse"]>[0], { id, room }: SendFrame, retryAfterMs?: number): void {
    this.#context.refuse(code, { ref: id, room, retryAfterMs: code === "held" ? undefined : retryAfterMs });
  }
}
