// The connections between a person's pages and natter, in the hands of a test.

import type { WebSocketRoute } from "playwright-core";
import type { Person } from "./person.ts";

type Asked = { readonly type: string; readonly room?: string; readonly ref?: number };

/** Is there before the first page, and lets everything through until it is told otherwise. */
export class Network {
  /** Connections that pages asked for. */
  attempts = 0;
  /** Speaks for the server: what is answered, "nothing" where nothing is; where this is undefined the server answers. */
  answer: (asked: Asked) => object | "nothing" | undefined = () => undefined;
  /** The same for what the server says by itself: another frame in its place. */
  rewrite: (said: string) => string = (said) => said;
  readonly #cuts: ((code: number) => Promise<unknown>)[] = [];
  #refusal: number | undefined;
  #holds: RegExp | undefined;
  #held: (() => void)[] = [];

  static async of({ context }: Person): Promise<Network> {
    const network = new Network();
    await context.routeWebSocket(/.*/, (socket) => network.#connect(socket));
    return network;
  }

  /** From now on each connection is closed as soon as it is there; those that are there stay. */
  refuse(code: number): void {
    this.#refusal = code;
  }

  allow(): void {
    this.#refusal = undefined;
  }

  /** Closes all that are there. */
  async cut(code: number): Promise<void> {
    await Promise.all(this.#cuts.splice(0).map((cut) => cut(code)));
  }

  /** Holds back what the server says, where it looks like this. */
  hold(frames: RegExp): void {
    this.#holds = frames;
  }

  release(): void {
    this.#holds = undefined;
    for (const send of this.#held.splice(0)) send();
  }

  #connect(socket: WebSocketRoute): void {
    this.attempts++;
    if (this.#refusal !== undefined) {
      void socket.close({ code: this.#refusal });
      return;
    }
    const server = socket.connectToServer();
    this.#cuts.push((code) => Promise.all([socket.close({ code }), server.close()]));
    const welcomed = Promise.withResolvers<void>();
    server.onMessage((frame) => {
      const text = this.rewrite(`${frame}`);
      if (text.includes('"welcome"')) welcomed.resolve();
      if (this.#holds?.test(text)) this.#held.push(() => socket.send(text));
      else socket.send(text);
    });
    socket.onMessage((frame) => {
      const said = this.answer(JSON.parse(`${frame}`) as Asked);
      if (said === undefined) server.send(frame);
      else if (said !== "nothing") void welcomed.promise.then(() => socket.send(JSON.stringify(said)));
    });
  }
}
