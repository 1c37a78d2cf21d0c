/** Drafts that may wait to be stored, in all rooms together: some seconds of what a disk takes. */
const MAX_WAITING_DRAFTS = 50_000;
/** Bytes of text that may wait to be stored, in all rooms together. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Why no more is taken now: too much waits already, or the server is about to stop. */
export type Refusal = "busy" | "restarting";

/** What waits to be stored on this node, in all rooms: the bound behind the error `busy`. */
export class Backlog {
  #drafts = 0;
  #bytes = 0;

  #onEmpty: (() => void) | undefined;

  /** Whether another message may wait. */
  get refusal(): Refusal | undefined {
    if (this.#onEmpty !== undefined) return "restarting";
    return this.#drafts >= MAX_WAITING_DRAFTS || this.#bytes >= MAX_WAITING_BYTES ? "busy" : undefined;
  }

  /** Takes nothing more. Resolves when all that was taken is stored, or has failed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#drafts === 0) resolve();
    });
  }

  add(text: string): void {
    this.#drafts++;
    this.#bytes += text.length * 2;
  }

  remove(text: string): void {
    this.#drafts--;
    if (this.#drafts === 0) this.#onEmpty?.();
    this.#bytes -= text.length * 2;
  }
}
