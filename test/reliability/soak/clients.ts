// Three kinds of clients that chat for hours and keep next to nothing: what they saw is one sum (see sums.ts).

import { ChatClient } from "@natter/client";
import { encodeClientFrame, makeId, SUBPROTOCOL } from "@natter/protocol";
import { Wire } from "../support/wire.ts";
import { added, between, eventNumber, type LogSums, numberOf } from "./sums.ts";

export type SoakClient = {
  readonly kind: "plain" | "natter.v1" | "sdk";
  /** Messages that it heard. */
  heard: number;
  say(text: string): void;
  /** Loses its connection, and comes back. */
  cut(): void;
  end(): void;
  /** What is wrong with what it saw, if anything. */
  faultIn(log: LogSums): string | undefined;
};

export type SoakOptions = {
  readonly port: number;
  readonly room: string;
  readonly name: string;
  /** How long it stays away once cut, in ms. */
  readonly awayMs: () => number;
};

/** Whoever is told of each event by seq, id and text, without a gap. */
class Seen {
  first: number | undefined;
  seq = 0;
  sum = 0;
  fault: string | undefined;

  take(seq: number, id: string, text: string): void {
    this.first ??= seq;
    if (seq !== this.first && seq !== this.seq + 1) this.fault ??= `P5 ${seq} came after ${this.seq}`;
    this.seq = seq;
    this.sum = added(this.sum, eventNumber(seq, id, text));
  }

  faultIn({ events }: LogSums): string | undefined {
    if (this.fault !== undefined || this.first === undefined) return this.fault;
    if (this.seq >= events.length)
      return `P1 it heard of ${this.seq}, and the log ends at ${events.length - 1}`;
    const isSame = between(events[this.first - 1]!, events[this.seq]!) === this.sum;
    return isSame ? undefined : `P2 what it saw from ${this.first} to ${this.seq} is not what the log has`;
  }
}

/** Speaks or listens, for nobody hears their own lines. One that is cut is somebody else afterwards. */
export class PlainSoaker implements SoakClient {
  readonly kind = "plain";
  heard = 0;
  readonly #options: SoakOptions;
  readonly #isListener: boolean;
  #first: string | undefined;
  #last = "";
  #sum = 0;
  readonly #pasts: { first: string; last: string; sum: number }[] = [];
  #wire: Wire | undefined;
  #isOver = false;

  constructor(options: SoakOptions, isListener: boolean) {
    this.#options = options;
    this.#isListener = isListener;
    this.#connect();
  }

  say(text: string): void {
    if (!this.#isListener && this.#wire?.isOpen) this.#wire.send(text);
  }

  cut(): void {
    this.#wire?.cut();
  }

  end(): void {
    this.#isOver = true;
    this.cut();
  }

  faultIn({ texts, seqOfText }: LogSums): string | undefined {
    this.#remember();
    for (const { first, last, sum } of this.#pasts) {
      const [from, to] = [seqOfText.get(first), seqOfText.get(last)];
      if (from === undefined || to === undefined)
        return `P1 it heard "${first}" or "${last}", and it is not stored`;
      if (between(texts[from - 1]!, texts[to]!) !== sum)
        return `what it heard from ${from} to ${to} is not the log`;
    }
    return undefined;
  }

  #connect(): void {
    this.#remember();
    this.#wire = new Wire({
      port: this.#options.port,
      path: `/${this.#options.room}`,
      onMessage: (payload) => this.#hear(payload.toString()),
      onClose: () => {
        if (!this.#isOver) setTimeout(() => this.#isOver || this.#connect(), this.#options.awayMs());
      },
    });
  }

  #hear(line: string): void {
    const text = /^Client \([^)]*\) : (.*)$/.exec(line)?.[1];
    if (text === undefined) return;
    this.heard++;
    if (!this.#isListener) return;
    this.#first ??= text;
    this.#last = text;
    this.#sum = added(this.#sum, numberOf(text));
  }

  #remember(): void {
    if (this.#first !== undefined) this.#pasts.push({ first: this.#first, last: this.#last, sum: this.#sum });
    this.#first = undefined;
    this.#sum = 0;
  }
}

/** Frames by hand, on bare sockets. */
export class RawSoaker implements SoakClient {
  readonly kind = "natter.v1";
  heard = 0;
  readonly #options: SoakOptions;
  readonly #seen = new Seen();
  #epoch: string | undefined;
  #wire: Wire | undefined;
  #isOver = false;

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#connect();
  }

  say(text: string): void {
    if (!this.#wire?.isOpen) return;
    this.#wire.send(encodeClientFrame({ type: "send", room: this.#options.room, id: makeId(), text }));
  }

  cut(): void {
    this.#wire?.cut();
  }

  end(): void {
    this.#isOver = true;
    this.cut();
  }

  faultIn(log: LogSums): string | undefined {
    return this.#seen.faultIn(log);
  }

  #connect(): void {
    const { port, room, name, awayMs } = this.#options;
    const wire: Wire = new Wire({
      port,
      protocol: SUBPROTOCOL,
      onOpen: () => {
        wire.send(encodeClientFrame({ type: "hello", name }));
        const from = this.#epoch === undefined ? {} : { since: this.#seen.seq, epoch: this.#epoch };
        wire.send(encodeClientFrame({ type: "join", room, ...from }));
      },
      onMessage: (payload) => this.#take(payload.toString()),
      onClose: ({ code }) => {
        if (code !== 1006) this.#seen.fault ??= `it was closed with ${code}`;
        if (!this.#isOver) setTimeout(() => this.#isOver || this.#connect(), awayMs());
      },
    });
    this.#wire = wire;
  }

  #take(text: string): void {
    if (text.startsWith('{"type":"presence"')) return;
    const frame = JSON.parse(text) as Record<string, never>;
    if (frame.type === "event" && frame.again === undefined) {
      this.heard++;
      this.#seen.take(frame.seq!, frame.id!, frame.text!);
    } else if (frame.type === "joined") {
      // Who joins anew is at the head; who comes back, where it was.
      if (this.#epoch === undefined) this.#seen.seq = frame.head!;
      this.#epoch = frame.epoch;
    } else if (frame.type === "error" || frame.type === "reset") this.#seen.fault ??= text;
  }
}

/** The client library, on Node's own WebSocket. */
export class SdkSoaker implements SoakClient {
  readonly kind = "sdk";
  heard = 0;
  readonly #chat: ChatClient;
  readonly #room: ReturnType<ChatClient["room"]>;
  readonly #seen = new Seen();
  #socket: WebSocket | undefined;

  constructor({ port, room, name }: SoakOptions) {
    const opened = (socket: WebSocket): void => {
      this.#socket = socket;
    };
    class Cuttable extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        opened(this);
      }
    }
    this.#chat = new ChatClient({ url: `ws://127.0.0.1:${port}/`, name, WebSocket: Cuttable as never });
    this.#room = this.#chat.room(room);
    this.#room.on("event", ({ seq, id, text }) => {
      this.heard++;
      this.#seen.take(seq, id, text);
    });
    this.#room.on("reset", () => {
      this.#seen.fault ??= "it was reset";
    });
    this.#chat.on("error", (error) => {
      this.#seen.fault ??= String(error);
    });
  }

  say(text: string): void {
    this.#room.post(text);
  }

  cut(): void {
    this.#socket?.close(3000);
  }

  end(): void {
    void this.#chat.close();
  }

  faultIn(log: LogSums): string | undefined {
    return this.#seen.faultIn(log);
  }
}
