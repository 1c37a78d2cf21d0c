import type { ResumingClient } from "./resuming-client.ts";
import { Wire } from "./wire.ts";

const EVERY_MS = 5;

/** Sends of each client until so many are unsettled, every so many ms, until it is stopped. */
export function load(
  clients: readonly ResumingClient[],
  unsettled: number,
  everyMs = EVERY_MS,
): { stop(): void } {
  let count = 0;
  const timer = setInterval(() => {
    for (const client of clients) client.sendUpTo(unsettled, () => `text ${++count}`);
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}

/** Plain clients that never give up: one says numbered lines, the other notes what it hears. */
export class PlainPair {
  readonly heard: number[] = [];
  /** How the writer's connections ended, and the listener's. */
  readonly closings: number[] = [];
  readonly listenerClosings: number[] = [];
  readonly #port: number;
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #writer: Wire | undefined;
  #listener: Wire | undefined;
  #count = 0;
  #isOver = false;

  constructor(port: number, room: string) {
    this.#port = port;
    this.#path = `/${room}`;
    this.#connectWriter();
    this.#connectListener();
    this.#timer = setInterval(() => {
      if (this.#writer?.isOpen) this.#writer.send(`line ${++this.#count}`);
    }, EVERY_MS);
  }

  get isOpen(): boolean {
    return this.#writer?.isOpen === true && this.#listener?.isOpen === true;
  }

  /** Says nothing more, and stays to listen. */
  stop(): void {
    clearInterval(this.#timer);
  }

  end(): void {
    this.#isOver = true;
    this.stop();
    this.#writer?.cut();
    this.#listener?.cut();
  }

  #connectWriter(): void {
    const onClose = ({ code }: { code: number }): void => {
      this.closings.push(code);
      if (!this.#isOver) setTimeout(() => this.#connectWriter(), 50);
    };
    this.#writer = new Wire({ port: this.#port, path: this.#path, onClose });
  }

  #connectListener(): void {
    this.#listener = new Wire({
      port: this.#port,
      path: this.#path,
      onMessage: (payload) => {
        const line = /^Client \(\d+\) : line (\d+)$/.exec(payload.toString());
        if (line !== null) this.heard.push(Number(line[1]));
      },
      onClose: ({ code }) => {
        this.listenerClosings.push(code);
        if (!this.#isOver) setTimeout(() => this.#connectListener(), 50);
      },
    });
  }
}
