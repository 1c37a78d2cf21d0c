import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { WaitingBound } from "./bound.ts";
import { requireCloseFrame } from "./options.ts";
import { ControlRate } from "./pings.ts";
import type { Room } from "./rooms.ts";
import { Writer } from "./writer.ts";

/** Why a client is gone. */
export type Departure = {
  /** As received or sent, RFC 6455 section 7.4; 1006 where there was no close frame, 1005 where it bore no code. */
  readonly code: number;
  readonly reason: string;
  /**
   * `left`: by itself, politely or not. `closed`: by us, on the application's word. `slow`: over what may wait for it,
   * or over `stalledTimeoutMs`.
   * `silent`: no answer to a ping. `idle`: over `idleTimeoutMs`. `invalid`: it broke the WebSocket protocol or a limit.
   */
  readonly why: "left" | "closed" | "slow" | "silent" | "idle" | "invalid";
};

/** What a client can ask of the hub that it is connected to. */
export type HubOfClient = {
  send(client: Client, message: string | Uint8Array): void;
  join(client: Client, room: string): void;
  leave(client: Client, room: string): void;
  flushClient(client: Client): void;
};

/** What of `ws` tells whether a message has begun and is not complete: it has no public name (W15). */
type Receiving = {
  readonly _receiver: {
    readonly _state: number;
    readonly _fragmented: number;
    readonly _bufferedBytes: number;
  };
};

/** One connected client. */
export class Client<Data = unknown> {
  /** Counts up from 1; never used again while the hub lives. */
  readonly id: number;
  /** Its IP address; an IPv4 one never in the IPv6 form. */
  readonly address: string;
  readonly port: number;
  /** The subprotocol agreed on, or "". */
  readonly protocol: string;
  /** The application's own: what `admit` gave. */
  data: Data;

  /** @internal */ readonly ws: WebSocket;
  /** @internal */ readonly socket: Socket;
  /** @internal */ readonly writer: Writer;
  /** @internal */ readonly controlRate: ControlRate;
  /** @internal */ readonly memberships = new Set<Room>();
  /** @internal The first reason why it had to go, known before the connection is gone. */
  why: Departure["why"] | undefined;
  /** @internal Counts messages, for the idle timeout. */
  messagesReceived = 0;
  readonly #hub: HubOfClient;
  #onDrained: (() => void)[] = [];

  /** @internal */
  constructor(of: {
    hub: HubOfClient;
    id: number;
    ws: WebSocket;
    socket: Socket;
    address: string;
    data: Data;
    bound: WaitingBound;
    maxControlFramesPerSecond: number;
  }) {
    this.#hub = of.hub;
    this.id = of.id;
    this.address = of.address;
    this.port = of.socket.remotePort ?? 0;
    this.protocol = of.ws.protocol;
    this.data = of.data;
    this.ws = of.ws;
    this.socket = of.socket;
    this.writer = new Writer(of.ws, of.socket, of.bound);
    this.controlRate = new ControlRate(of.maxControlFramesPerSecond);
  }

  /** `false` from the moment a close frame was sent or received, or the connection is cut. */
  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN;
  }

  /** The names of the rooms it is in. */
  get rooms(): string[] {
    return Array.from(this.memberships, (room) => room.name).filter((name) => name !== undefined);
  }

  /** Memory that is held by what the kernel has not taken yet, in bytes. */
  get waitingBytes(): number {
    return this.writer.waitingBytes;
  }

  /** How much of it there may be now, in bytes: `maxWaitingBytes`, or less where much waits for others. */
  get mayWaitBytes(): number {
    return this.writer.mayWaitBytes;
  }

  /**
   * Calls back once, when next to nothing waits for it any more: after this turn of the event loop if so already.
   * Never, when it is gone before.
   */
  whenDrained(callback: () => void): void {
    // What was sent in this turn is written at its end, before this.
    setImmediate(() => {
      if (!this.isOpen) return;
      if (!this.socket.writableNeedDrain) return callback();
      if (this.#onDrained.push(callback) === 1) this.socket.once("drain", () => this.#drained());
    });
  }

  #drained(): void {
    const callbacks = this.#onDrained;
    this.#onDrained = [];
    if (this.isOpen) for (const callback of callbacks) callback();
  }

  /** @internal Some of a message is here, and the rest is not. */
  get isMidMessage(): boolean {
    const { _state, _fragmented, _bufferedBytes } = (this.ws as unknown as Receiving)._receiver;
    return _fragmented !== 0 || _state !== 0 || _bufferedBytes > 0;
  }

  /** Sends text, or bytes as a binary message. Does nothing when the client is no longer open. */
  send(message: string | Uint8Array): void {
    this.#hub.send(this, message);
  }

  /** From now on it hears what is published to the room. */
  join(room: string): void {
    this.#hub.join(this, room);
  }

  leave(room: string): void {
    this.#hub.leave(this, room);
  }

  /** Reads no more from it until `resume()`; what was already read is still delivered. */
  pause(): void {
    this.ws.pause();
  }

  get isPaused(): boolean {
    return this.ws.isPaused;
  }

  resume(): void {
    this.ws.resume();
  }

  /**
   * Says goodbye: all that was sent before, then a close frame.
   *
   * Messages that still come from it are not heard any more.
   *
   * @throws {RangeError} for a code that may not be sent (RFC 6455 section 7.4), or a reason over 123 bytes
   */
  close(code = 1000, reason = ""): void {
    requireCloseFrame(code, reason);
    this.#hub.flushClient(this);
    if (!this.isOpen) return;
    this.ws.close(code, reason);
    this.why ??= "closed";
    if (this.ws.isPaused) this.ws.resume(); // or its answer would never be read
  }

  /** Cuts the connection without a word; what waits for it is dropped. */
  terminate(): void {
    this.why ??= "closed";
    this.ws.terminate();
  }
}
