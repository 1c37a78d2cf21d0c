// A client that does as little as possible, so that the load is not what is measured: frames are found, not parsed.

import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** A mask of zeros is a mask (RFC 6455 section 5.3), and the payload goes out as it is. */
const NO_MASK = Buffer.alloc(4);

export class WireClient {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  /** Each text frame, as bytes of the buffer it came in: gone after the call. */
  onText: (payload: Buffer) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<WireClient> {
    const socket = connect(port, "127.0.0.1").setNoDelay();
    const client = new WireClient(socket);
    socket.write(
      `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Protocol: natter.v1\r\n\r\n`,
    );
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("data", (bytes) => {
        const head = bytes.indexOf("\r\n\r\n");
        if (!bytes.toString("latin1").startsWith("HTTP/1.1 101")) return reject(new Error(String(bytes)));
        socket.on("data", (more) => client.#read(more as Buffer));
        client.#read((bytes as Buffer).subarray(head + 4));
        resolve();
      });
    });
    return client;
  }

  send(text: string): void {
    const payload = Buffer.from(text);
    const header =
      payload.length < 126
        ? Buffer.from([0x81, 0x80 | payload.length])
        : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff]);
    this.#socket.write(Buffer.concat([header, NO_MASK, payload]));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    let data = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      if (data.length < 2) break;
      let length = data[1]! & 0x7f;
      let start = 2;
      if (length === 126) {
        if (data.length < 4) break;
        length = data.readUInt16BE(2);
        start = 4;
      } else if (length === 127) {
        if (data.length < 10) break;
        length = Number(data.readBigUInt64BE(2));
        start = 10;
      }
      if (data.length < start + length) break;
      if ((data[0]! & 0x0f) === 1) this.onText(data.subarray(start, start + length));
      data = data.subarray(start + length);
    }
    this.#rest = data;
  }
}
