/** Drafts that may wait to be stored, in all rooms together: some seconds of what a disk takes. */
const MAX_WAITING_DRAFTS = 50_000;
/** Bytes of text that may wait to be stored, in all rooms together. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** How much waits to be stored on this node: the bound behind the error `busy`. */
export class Backlog {
  #drafts = 0;
  #bytes = 0;

  get isFull(): boolean {
    return this.#drafts >= MAX_WAITING_DRAFTS || this.#bytes >= MAX_WAITING_BYTES;
  }

  get isEmpty(): boolean {
    return this.#drafts === 0;
  }

  add(text: string): void {
    this.#drafts++;
    this.#bytes += text.length * 2;
  }

  remove(text: string): void {
    this.#drafts--;
    this.#bytes -= text.length * 2;
  }
}
