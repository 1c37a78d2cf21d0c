const AT_MOST_EVERY_MS = 1_000;

/** When the others in a room were last told that a connection types there, however often it left and joined since (T5). */
export class TypingTimes {
  /** By room, the longest ago first. */
  readonly #toldAt = new Map<string, number>();

  /** Whether they are to be told: at most so often, whatever the client does. If so, they are. */
  mayTell(room: string, now: number): boolean {
    for (const [other, at] of this.#toldAt) {
      if (now - at < AT_MOST_EVERY_MS) break;
      this.#toldAt.delete(other);
    }
    if (this.#toldAt.has(room)) return false;
    this.#toldAt.set(room, now);
    return true;
  }
}
