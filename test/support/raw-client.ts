// A WebSocket client over bare TCP that shares no code with the hub, nor with `ws`: what it says and hears are
// the very bytes, so it can also say what no well-behaved client would.

import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** How long a test waits for something that should come at once: only a failing test ever waits so long. */
const PATIENCE_MS = 20_000;

export type Frame = { opcode: number; fin: boolean; payload: Buffer };
export type Closing = { code: number; reason: string };
export type FrameOptions = { fin?: boolean; opcode?: number; rsv?: number; mask?: boolean };
export type HttpAnswer = { status: number; head: string; body: string };
export type ConnectOptions = {
  /** A name or an address. Default: 127.0.0.1. */
  host?: string;
  path?: string;
  /** Added to the handshake's own; `undefined` leaves one of those out. */
  headers?: Record<string, string | undefined>;
  /** Reads nothing after the handshake until `resume()`. */
  paused?: boolean;
  /** Opens the connection otherwise than over plain TCP to 127.0.0.1. */
  open?: (port: number) => Socket;
};

/** The server answered the handshake with something else than 101. */
export class HandshakeRefused extends Error {
  readonly answer: HttpAnswer;
  constructor(answer: HttpAnswer) {
    super(`${answer.status}: ${answer.body}`);
    this.answer = answer;
  }
}

/** A promise that never comes fails the test with a name instead of hanging it. */
export function inTime<T>(promise: Promise<T>, what: string, patienceMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patienceMs} ms in vain for ${what}`)), patienceMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class RawClient {
  readonly socket: Socket;
  /** The head of the answer to the handshake. */
  head = "";
  /** Every frame heard that nobody took yet. */
  readonly frames: Frame[] = [];
  /** The close frame, or 1006 when the connection ended without one. */
  readonly closed: Promise<Closing>;
  #buffer: Buffer = Buffer.alloc(0);
  #closing: Closing | undefined;
  #ended = false;
  #wake: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#ended = true;
        resolve(this.#closing ?? { code: 1006, reason: "" });
        this.#wakeAll();
      });
    });
  }

  /** @throws {HandshakeRefused} */
  static async connect(port: number, options: ConnectOptions = {}): Promise<RawClient> {
    const socket = options.open ? options.open(port) : connect(port, options.host ?? "127.0.0.1");
    socket.on("error", () => {}); // a reset is an ordinary end here
    const client = new RawClient(socket);
    socket.write(handshake(port, options));
    await inTime(client.#shake(options.paused === true), "the answer to the handshake");
    return client;
  }

  /** Sends text and returns itself. */
  send(text: string): this {
    return this.sendFrame(Buffer.from(text));
  }

  sendFrame(payload: Buffer, options: FrameOptions = {}): this {
    this.socket.write(encode(payload, options));
    return this;
  }

  /** The next text message, whatever pings come in between. Fails when the connection ends first. */
  async next(patienceMs = PATIENCE_MS): Promise<string> {
    return (await this.nextFrame(TEXT, patienceMs)).payload.toString();
  }

  async take(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) texts.push(await this.next());
    return texts;
  }

  /** The next frame with this opcode; frames with others are dropped, but for the close frame. */
  nextFrame(opcode: number, patienceMs = PATIENCE_MS): Promise<Frame> {
    const found = async (): Promise<Frame> => {
      for (;;) {
        const frame = this.frames.shift();
        if (frame?.opcode === opcode) return frame;
        if (frame !== undefined) continue;
        if (this.#ended) throw new Error(`the connection ended: ${JSON.stringify(this.#closing)}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    };
    return inTime(found(), `a frame with opcode ${opcode}`, patienceMs);
  }

  /** Waits until the server has read all that was sent so far; what comes before its answer is kept. */
  async ping(): Promise<void> {
    this.sendFrame(Buffer.alloc(0), { opcode: PING });
    const answered = async (): Promise<void> => {
      for (;;) {
        const index = this.frames.findIndex(({ opcode }) => opcode === PONG);
        if (index >= 0) {
          this.frames.splice(index, 1);
          return;
        }
        if (this.#ended) throw new Error(`the connection ended: ${JSON.stringify(this.#closing)}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    };
    await inTime(answered(), "the answer to a ping");
  }

  /** Leaves politely and waits until the server has closed the connection. */
  async leave(code = 1000): Promise<Closing> {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.sendFrame(payload, { opcode: CLOSE });
    return await inTime(this.closed, "the end of the connection");
  }

  /** Is gone without a word. */
  vanish(): void {
    this.socket.resetAndDestroy();
  }

  async #shake(paused: boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onData = (bytes: Buffer | string): void => {
        this.#buffer = Buffer.concat([this.#buffer, bytes as Buffer]);
        const end = this.#buffer.indexOf("\r\n\r\n");
        if (end < 0) return;
        this.head = this.#buffer.toString("latin1", 0, end);
        if (!this.head.startsWith("HTTP/1.1 101 ")) return;
        this.#buffer = this.#buffer.subarray(end + 4);
        this.socket.off("data", onData);
        if (paused) this.socket.pause();
        this.socket.on("data", (more) => this.#read(more as Buffer));
        this.#read(Buffer.alloc(0));
        if (paused) this.socket.pause();
        resolve();
      };
      this.socket.on("data", onData);
      this.socket.once("close", () => reject(new HandshakeRefused(parseAnswer(this.#buffer))));
    });
  }

  #read(bytes: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    for (let frame = this.#decode(); frame !== undefined; frame = this.#decode()) {
      if (frame.opcode === CLOSE) this.#onClose(frame.payload);
      else this.frames.push(frame);
    }
    this.#wakeAll();
  }

  #decode(): Frame | undefined {
    const bytes = this.#buffer;
    if (bytes.length < 2) return undefined;
    if (bytes[1]! & 0x80) throw new Error("a server must not mask (RFC 6455 section 5.1)");
    let length = bytes[1]! & 0x7f;
    let start = 2;
    if (length === 126) {
      if (bytes.length < 4) return undefined;
      length = bytes.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      if (bytes.length < 10) return undefined;
      length = Number(bytes.readBigUInt64BE(2));
      start = 10;
    }
    if (bytes.length < start + length) return undefined;
    this.#buffer = bytes.subarray(start + length);
    const payload = Buffer.from(bytes.subarray(start, start + length));
    return { opcode: bytes[0]! & 0x0f, fin: (bytes[0]! & 0x80) !== 0, payload };
  }

  /** Answers a close frame with the same code, as a client must, and lets the server end the connection. */
  #onClose(payload: Buffer): void {
    if (this.#closing !== undefined) return;
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    this.#closing = { code, reason: payload.toString("utf8", 2) };
    if (this.socket.writable) this.socket.write(encode(payload, { opcode: CLOSE }));
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** Sends anything at all over TCP and resolves with all that comes back until the other side hangs up. */
export async function rawExchange(
  port: number,
  bytes: string | Buffer,
  host = "127.0.0.1",
): Promise<HttpAnswer> {
  const socket = connect(port, host);
  socket.on("error", () => {});
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk as Buffer));
  socket.write(bytes);
  await inTime(new Promise((resolve) => socket.once("close", resolve)), "the server to hang up");
  return parseAnswer(Buffer.concat(chunks));
}

/** The status, head and body of an upgrade that was not granted. */
export async function refusal(port: number, options: ConnectOptions = {}): Promise<HttpAnswer> {
  try {
    const client = await RawClient.connect(port, options);
    client.vanish();
  } catch (error) {
    if (error instanceof HandshakeRefused) return error.answer;
    throw error;
  }
  throw new Error("the handshake was granted");
}

export function handshake(
  port: number,
  { host = "localhost", path = "/", headers = {} }: ConnectOptions = {},
): string {
  const fields: Record<string, string | undefined> = {
    Host: `${host}:${port}`,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${value}`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

/** One frame as a client sends it (RFC 6455 section 5.2): masked, unless told otherwise. */
export function encode(
  payload: Buffer,
  { fin = true, opcode = TEXT, rsv = 0, mask = true }: FrameOptions = {},
): Buffer {
  const header: number[] = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = mask ? 0x80 : 0;
  if (payload.length < 126) header.push(maskBit | payload.length);
  else if (payload.length < 65_536) header.push(maskBit | 126, payload.length >> 8, payload.length & 0xff);
  else {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(payload.length));
    header.push(maskBit | 127, ...length);
  }
  if (!mask) return Buffer.concat([Buffer.from(header), payload]);
  const key = randomBytes(4);
  const masked = Buffer.from(payload);
  for (let index = 0; index < masked.length; index++) masked[index]! ^= key[index % 4]!;
  return Buffer.concat([Buffer.from(header), key, masked]);
}

function parseAnswer(bytes: Buffer): HttpAnswer {
  const [head = "", body = ""] = bytes.toString().split("\r\n\r\n", 2);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body };
}
