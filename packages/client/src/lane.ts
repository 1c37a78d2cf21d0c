import type { Environment } from "./environment.ts";
import type { Message } from "./message.ts";
import { Retry } from "./retry.ts";

/**
 * What is to be said in one room, in order (P4): first those on their way, then those that wait. A refusal that may
 * be retried turns all from that one on into waiting ones, for none may overtake another.
 */
export class Lane {
  /** Those on their way, then those that wait. */
  readonly messages: Message[] = [];
  readonly #skips: string[] = [];
  /** Nothing is sent while it waits. */
  readonly retry: Retry;
  /** How many are on their way. */
  sent = 0;
  /** The refused send that the server waits for before it takes another (S5). */
  #awaited: string | undefined;

  constructor(env: Environment, onResume: () => void) {
    this.retry = new Retry(env, onResume);
  }

  /** The id to skip, and it is skipped. */
  takeSkip(): string | undefined {
    return this.#skips.shift();
  }

  /** The next to send, and it is sent. */
  takeNext(): Message | undefined {
    const message = this.messages[this.sent];
    if (!message || this.retry.isWaiting || message.isClaimed) return undefined;
    // Sent before it was queued anew: were it refused then, and came again now, it would let pass what is behind it.
    if (message.isRequeued && message.unanswered > 0) return undefined;
    this.sent++;
    if (this.#awaited === message.id) this.#awaited = undefined;
    return message;
  }

  /** It is stored, failed, given up or taken back: the others go on. */
  remove(message: Message): void {
    const index = this.messages.indexOf(message);
    if (index >= 0) {
      this.messages.splice(index, 1);
      if (index < this.sent) this.sent--;
    }
    if (this.#awaited === message.id) this.skip(message.id);
  }

  /** The server waits, or may wait, for what will not come again (S7). */
  skip(id: string): void {
    this.#skips.push(id);
    if (this.#awaited === id) this.#awaited = undefined;
  }

  /** Refused for now. @returns those that were on their way and now wait: this one and all behind it */
  refuse(message: Message, isAwaited: boolean): Message[] {
    const index = this.messages.indexOf(message);
    // Queued anew behind others since: those have to come first.
    if (index < 0 || index >= this.sent) return isAwaited ? this.refuseGone(message.id) : [];
    if (isAwaited) this.#awaited = message.id;
    return this.#takeBack(index);
  }

  /**
   * What is not here any more was refused for now: it was stored by another way, or given up. The server lets nothing
   * pass that was sent behind it, so after the skip all of that has to come again, before anything new.
   *
   * @returns those that were on their way
   */
  refuseGone(id: string): Message[] {
    this.skip(id);
    return this.#takeBack(0);
  }

  /** The connection is gone, and with it whatever the server held (S8). @returns those that were on their way */
  lost(): Message[] {
    this.#awaited = undefined;
    this.#skips.length = 0;
    this.retry.stop();
    return this.#takeBack(0);
  }

  #takeBack(from: number): Message[] {
    const back = this.messages.slice(from, this.sent);
    this.sent = from;
    return back;
  }
}
