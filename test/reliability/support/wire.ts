// A WebSocket client for many connections at once and much traffic: it keeps nothing of what it hears. Like the
// raw client it shares no code with the hub, nor with `ws`.

import { connect, type Socket } from "node:net";
import { CLOSE, type Closing, handshake, PING, PONG, TEXT } from "../../support/raw-client.ts";

type WireOptions = {
  port: number;
  /** Without it, a plain client. */
  protocol?: string;
  path?: string;
  onOpen?: () => void;
  /** The bytes of one text message; they are somebody else's after it returns. */
  onMessage?: (payload: Buffer) => void;
  /** The close frame that came, or 1006 when the connection ended without one. Called once. */
  onClose?: (closing: Closing) => void;
};

export class Wire {
  readonly socket: Socket;
  /** When the last byte came, as `performance.now()` has it. */
  heardAt = performance.now();
  isOpen = false;
  readonly #options: WireOptions;
  #rest: Buffer = Buffer.alloc(0);
  #closing: Closing | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    const { port, protocol, path = "/", onClose } = options;
    this.socket = connect(port, "127.0.0.1").setNoDelay(true);
    this.socket.on("error", () => {}); // a reset is an ordinary end here
    this.socket.on("data", (bytes) => this.#read(bytes as Buffer));
    this.socket.once("close", () => {
      this.isOpen = false;
      onClose?.(this.#closing ?? { code: 1006, reason: "" });
    });
    const headers = protocol === undefined ? {} : { "Sec-WebSocket-Protocol": protocol };
    this.socket.write(handshake(port, { path, headers }));
  }

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  /** Is gone without a word. */
  cut(): void {
    this.socket.resetAndDestroy();
  }

  /** The key of the mask is zero, so that the text can be read in a trace of system calls. */
  #write(opcode: number, payload: Buffer): void {
    if (!this.socket.writable) return;
    const { length } = payload;
    const size = length < 126 ? 6 : 8;
    const frame = Buffer.alloc(size + length);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (length < 126 ? length : 126);
    if (length >= 126) frame.writeUInt16BE(length, 2);
    payload.copy(frame, size);
    this.socket.write(frame);
  }

  #read(bytes: Buffer): void {
    this.heardAt = performance.now();
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.isOpen && this.#closing === undefined && !this.#isUpgraded()) return;
    while (this.#frame()) {}
  }

  #isUpgraded(): boolean {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) return false;
    if (!this.#rest.toString("latin1", 0, end).startsWith("HTTP/1.1 101 ")) {
      this.socket.destroy();
      return false;
    }
    this.#rest = this.#rest.subarray(end + 4);
    this.isOpen = true;
    this.#options.onOpen?.();
    return true;
  }

  /** Takes one frame; false when there is not a whole one. */
  #frame(): boolean {
    const bytes = this.#rest;
    if (bytes.length < 2 || this.#closing !== undefined) return false;
    let length = bytes[1]!;
    let start = 2;
    if (length === 126) {
      if (bytes.length < 4) return false;
      length = bytes.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      if (bytes.length < 10) return false;
      length = Number(bytes.readBigUInt64BE(2));
      start = 10;
    }
    if (bytes.length < start + length) return false;
    this.#rest = bytes.subarray(start + length);
    this.#take(bytes[0]! & 0x0f, bytes.subarray(start, start + length));
    return true;
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === TEXT) this.#options.onMessage?.(payload);
    else if (opcode === PING) this.#write(PONG, payload);
    else if (opcode === CLOSE) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#closing = { code, reason: payload.toString("utf8", 2) };
      this.isOpen = false;
      this.#write(CLOSE, payload);
    }
  }
}
