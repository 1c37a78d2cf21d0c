// What the chat's logic asks of the world. The server gives it the hub and the clock on the wall; the simulation,
// a network and a clock of its own.

/** One connected client. `@natter/hub`'s Client is one. */
export type Connection = {
  readonly id: number;
  /** IP address. */
  readonly address: string;
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  /** Bytes that the client has not taken yet. */
  readonly waitingBytes: number;
  /** How many may, now. */
  readonly mayWaitBytes: number;
  send(text: string): void;
  /** From now on it hears what is published to the channel. */
  join(channel: string): void;
  leave(channel: string): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  /** Calls back once, in a later turn, when next to nothing waits for it any more. Never, when it is gone before. */
  whenDrained(callback: () => void): void;
};

/** Delivers to all who joined a channel, each once and in order. */
export type Channels = {
  /** @param text is made once, and only where somebody hears it */
  publish(channel: string, text: () => string, except?: Connection): void;
  /** How long what is published now waits for others to share its write, in ms; 0: not at all. */
  waitMs(channel: string): number;
};

export type Clock = {
  /** Milliseconds since 1970; may go back. */
  now(): number;
  /** Milliseconds; never goes back. */
  elapsed(): number;
  /** Calls back after so many ms, unless cancelled before. */
  after(ms: number, callback: () => void): Timer;
  /** Calls back at the end of this turn of the event loop. */
  soon(callback: () => void): void;
};

export type Timer = { cancel(): void };

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  soon: (callback) => void setImmediate(callback),
};
