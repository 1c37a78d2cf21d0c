/**
 * Lets the rooms of one connection catch up a page at a time: were all of them to read at once when it has drained,
 * a slow reader would cost a page for each of its rooms (P7).
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** @param task runs when all before it are done; it must not reject */
  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn;
    return turn;
  }
}
