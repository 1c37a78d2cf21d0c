import { backoffMs, MAX_ASKED_MS } from "./backoff.ts";
import type { Environment, Timer } from "./environment.ts";

/** Waits before something is tried again: as long as the server asks for, else longer each time and at random (M5). */
export class Retry {
  readonly #env: Environment;
  readonly #onOver: () => void;
  #timer: Timer | undefined;
  #attempts = 0;

  constructor(env: Environment, onOver: () => void) {
    this.#env = env;
    this.#onOver = onOver;
  }

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** Tries that failed since it last worked. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Begins to wait, in ms; whatever was waited for before counts no more. */
  wait(askedMs?: number): void {
    const ms = Math.min(askedMs ?? backoffMs(++this.#attempts, this.#env.random), MAX_ASKED_MS);
    this.stop();
    this.#timer = this.#env.clock.after(ms, () => {
      this.#timer = undefined;
      this.#onOver();
    });
  }

  /** It worked. */
  worked(): void {
    this.#attempts = 0;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
