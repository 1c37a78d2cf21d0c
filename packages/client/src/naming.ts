import type { ErrorFrame, RenameFrame } from "@natter/protocol";
import type { Environment } from "./environment.ts";
import { type ChatError, errorOf } from "./errors.ts";
import { Retry } from "./retry.ts";

/** What this person is called, and what they want to be called. */
export class Naming {
  readonly #retry: Retry;
  readonly #pump: () => void;
  /** What the server has, or the first. */
  #taken: string;
  #wanted: string;
  /** What the last frame said. */
  #said: string | undefined;
  #isOpen = false;
  #waiting: PromiseWithResolvers<void>[] = [];

  constructor(env: Environment, name: string, pump: () => void) {
    this.#retry = new Retry(env, pump);
    this.#taken = this.#wanted = name;
    this.#pump = pump;
  }

  /** Resolves when the server took the name, or another one that was wanted later. */
  want(name: string): Promise<void> {
    this.#wanted = name;
    const answered = Promise.withResolvers<void>();
    this.#waiting.push(answered);
    this.#pump();
    return answered.promise;
  }

  /** Whether somebody waits for a name to be taken. */
  get isAsked(): boolean {
    return this.#waiting.length > 0;
  }

  /** For `hello`. */
  say(): string {
    this.#said = this.#wanted;
    return this.#wanted;
  }

  /** The next to send, which is sent. */
  next(): RenameFrame | undefined {
    if (!this.#isOpen || this.#retry.isWaiting || !this.isAsked) return undefined;
    this.#isOpen = false;
    return { type: "rename", name: this.say() };
  }

  /**
   * The server said what this person is called: an answer, or somebody renamed them elsewhere. Which of the two nobody
   * tells, so what is kept is what the server has, which it takes again in any `hello`.
   */
  taken(name: string): void {
    this.#isOpen = true;
    this.#taken = name;
    if (this.isAsked && this.#said !== this.#wanted) return;
    this.#wanted = name;
    this.#said = undefined;
    this.#retry.worked();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  refuse(error: ErrorFrame): void {
    this.#isOpen = true;
    if (!this.isAsked) return;
    if (error.retry) this.#retry.wait(error.retryAfterMs);
    else this.abandon(errorOf(error));
  }

  /** It will not be taken: the old name stays. */
  abandon(error: ChatError): void {
    this.#retry.stop();
    this.#wanted = this.#taken;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The connection is gone: `hello` says the name on the next. */
  lost(): void {
    this.#isOpen = false;
    this.#retry.stop();
  }
}
