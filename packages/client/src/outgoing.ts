import type { ClientFrame, WelcomeFrame } from "@natter/protocol";
import type { Connection } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { Retry } from "./retry.ts";

/** Frames behind `hello` before `welcome` tells the limits: joins, within what any server lets through at once. */
const FIRST_FRAMES = 8;
/** For a server without a limit: more than there could be. */
const NO_LIMIT = 1e9;

/**
 * Sends what there is to be sent, within the server's rate (M1): so it is never refused, let alone closed for going on
 * (M3). Half the burst is left for what goes out unasked, and for a clock that runs differently.
 */
export class Outgoing {
  readonly #env: Environment;
  readonly #connection: Connection;
  readonly #next: () => ClientFrame | undefined;
  /** Until the rate lets the next frame through. */
  readonly #rest: Retry;
  #isPumping = false;
  /** Frames that may go out now; the fraction of one counts. */
  #left = 0;
  #burst = 0;
  #perSecond = 0;
  #at = 0;

  /** @param next the next frame to send, which is sent; or none */
  constructor(env: Environment, connection: Connection, next: () => ClientFrame | undefined) {
    this.#env = env;
    this.#connection = connection;
    this.#next = next;
    this.#rest = new Retry(env, this.pump);
  }

  /** A new connection. */
  begin(): void {
    this.#left = this.#burst = FIRST_FRAMES;
    this.#perSecond = 0;
    this.#at = this.#env.clock.elapsed();
    this.pump();
  }

  /** What `welcome` said; 0 a second is no limit. */
  allow({ messagesPerSecond, burst }: WelcomeFrame["limits"]): void {
    this.#refill();
    const before = this.#burst;
    // No more than there could be: a number without end times no time would be none.
    this.#perSecond = messagesPerSecond > 0 ? Math.min(messagesPerSecond, NO_LIMIT) : NO_LIMIT;
    this.#burst = messagesPerSecond > 0 ? Math.max(1, burst / 2) : NO_LIMIT;
    this.#left += this.#burst - before;
    this.pump();
  }

  /** The server counts differently, or somebody else at this address talks: nothing more for so long, in ms. */
  exhaust(ms: number): void {
    this.#left = Math.min(this.#left, 1 - (ms / 1_000) * this.#perSecond);
  }

  /** Something may be sent now. */
  readonly pump = (): void => {
    if (this.#isPumping || !this.#connection.isOpen) return;
    this.#isPumping = true;
    let waitMs = this.#waitMs();
    for (; waitMs === 0; waitMs = this.#waitMs()) {
      const frame = this.#next();
      if (!frame) break;
      this.#send(frame);
    }
    this.#isPumping = false;
    if (waitMs > 0 && waitMs < Number.POSITIVE_INFINITY && !this.#rest.isWaiting) this.#rest.wait(waitMs);
  };

  /** Sends it now or never: it may be lost, and what matters goes first. */
  sendOrDrop(frame: ClientFrame): void {
    if (this.#waitMs() === 0) this.#send(frame);
  }

  /** The connection is gone. */
  lost(): void {
    this.#rest.stop();
  }

  #send(frame: ClientFrame): void {
    this.#left--;
    this.#connection.send(frame);
  }

  /** After how many ms the next frame may go; 0: now. Infinity: not before the limits are known. */
  #waitMs(): number {
    this.#refill();
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#perSecond) * 1_000);
  }

  #refill(): void {
    const now = this.#env.clock.elapsed();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
  }
}
