import type { JoinedFrame, ReadPositionFrame, ReceivedEvent } from "@natter/protocol";

/** Up to where this person has read a room, on whatever device, and how many messages came after (D1). */
export interface ReadState {
  readonly seq: number;
  readonly unread: number;
}

/**
 * Keeps the count between what the server tells. Where the messages after the read position all came through here, they
 * are counted here: what the server counted may be on its way as an event already.
 */
export class Unread {
  #read = 0;
  #unread = 0;
  /** Everything after this seq is a message: it came through here, or the server's count says so. */
  #knownFrom = 0;
  #head = 0;

  get state(): ReadState {
    return { seq: this.#read, unread: this.#unread };
  }

  /** @param seq the position from which events come now */
  begin({ head, read, unread }: JoinedFrame, seq: number, isContinued: boolean): void {
    if (!isContinued) this.#knownFrom = seq;
    if (unread === head - read) this.#knownFrom = Math.min(this.#knownFrom, read);
    this.#head = head;
    this.#read = read;
    this.#unread = unread;
  }

  /** The next event of the room. Those up to the head at the join are in the count that came with it. */
  event({ kind, seq }: ReceivedEvent): void {
    // Which of those that came are no messages is not remembered: from here on the server counts.
    if (kind !== "message") this.#knownFrom = seq;
    else if (seq > this.#head && seq > this.#read) this.#unread++;
    this.#head = Math.max(this.#head, seq);
  }

  take({ seq, unread }: ReadPositionFrame): void {
    this.#read = seq;
    this.#unread = seq >= this.#knownFrom ? Math.max(0, this.#head - seq) : unread;
  }
}
