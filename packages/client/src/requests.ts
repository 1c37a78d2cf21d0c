import type { ErrorFrame, HistoryFrame, ListRoomsFrame, ReceivedPage, RoomsFrame } from "@natter/protocol";
import type { Environment } from "./environment.ts";
import { type ChatError, errorOf } from "./errors.ts";
import { Retry } from "./retry.ts";

type Frame = HistoryFrame | ListRoomsFrame;
type Answer = ReceivedPage | RoomsFrame;
type Request = {
  readonly frame: Frame;
  readonly answered: PromiseWithResolvers<Answer>;
  isSent: boolean;
  readonly retry: Retry;
};

/** What is asked of the server and answered by `ref`. What a lost connection left open is asked again on the next. */
export class Requests {
  readonly #env: Environment;
  readonly #pump: () => void;
  readonly #open = new Map<string, Request>();
  #lastRef = 0;

  constructor(env: Environment, pump: () => void) {
    this.#env = env;
    this.#pump = pump;
  }

  history(frame: Omit<HistoryFrame, "type" | "ref">): Promise<ReceivedPage> {
    return this.#ask({ type: "history", ...frame, ref: this.#ref() }) as Promise<ReceivedPage>;
  }

  rooms(): Promise<RoomsFrame> {
    return this.#ask({ type: "rooms", ref: this.#ref() }) as Promise<RoomsFrame>;
  }

  /** The next to send, which is sent. */
  next(isJoined: (room: string) => boolean): Frame | undefined {
    for (const request of this.#open.values()) {
      const { frame, isSent, retry } = request;
      if (isSent || retry.isWaiting || (frame.type === "history" && !isJoined(frame.room))) continue;
      request.isSent = true;
      return frame;
    }
    return undefined;
  }

  answer(answer: Answer): void {
    const request = this.#take(answer.ref);
    request?.answered.resolve(answer);
  }

  /** @returns whether the error was an answer to one of these */
  refuse(error: ErrorFrame): boolean {
    const request = this.#open.get(error.ref ?? "");
    if (!request) return false;
    if (error.retry) {
      request.isSent = false;
      request.retry.wait(error.retryAfterMs);
    } else this.#take(request.frame.ref)?.answered.reject(errorOf(error));
    return true;
  }

  lost(): void {
    for (const request of this.#open.values()) request.isSent = false;
  }

  /** Nobody will answer any more: those of one room, or all. */
  abandon(error: ChatError, room?: string): void {
    for (const { frame } of this.#open.values()) {
      if (room !== undefined && !(frame.type === "history" && frame.room === room)) continue;
      this.#take(frame.ref)?.answered.reject(error);
    }
  }

  #ask(frame: Frame): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    this.#open.set(frame.ref, { frame, answered, isSent: false, retry: new Retry(this.#env, this.#pump) });
    this.#pump();
    return answered.promise;
  }

  #take(ref: string): Request | undefined {
    const request = this.#open.get(ref);
    request?.retry.stop();
    this.#open.delete(ref);
    return request;
  }

  #ref(): string {
    return `r${++this.#lastRef}`;
  }
}
