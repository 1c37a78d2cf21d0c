// A server that sends one recorded session to whoever connects, at a steady rate: the frames are bytes made before, so
// that nothing but the client decides.

import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { WireClient } from "./wire-client.ts";

/** From RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** How often it writes, in ms: about as often as a busy server, whose turns end with a commit. */
const WRITE_EVERY_MS = 2;

/** What the server sent to one who joined: to be sent again. */
export type Recording = { welcome: string; joined: string; events: Buffer[] };

/** Joins before the first event, and takes down what comes. */
export async function record(port: number, room: string, count: number): Promise<Recording> {
  const client = await WireClient.connect(port);
  const recording: Recording = { welcome: "", joined: "", events: [] };
  const done = new Promise<void>((resolve) => {
    client.onText = (payload) => {
      const text = payload.toString();
      if (text.includes('"type":"welcome"')) recording.welcome = text;
      if (text.includes('"type":"joined"')) recording.joined = text;
      if (!text.includes('"type":"event"')) return;
      if (recording.events.push(framed(payload)) === count) resolve();
    };
  });
  client.send(`{"type":"hello","name":"Bench"}`);
  client.send(`{"type":"join","room":"${room}","since":0}`);
  await done;
  client.close();
  // The room was empty, then everything came live.
  const { last: _, lastAt: __, ...joined } = JSON.parse(recording.joined);
  recording.joined = JSON.stringify({ ...joined, head: 0, read: 0, unread: 0 });
  return { ...recording, events: recording.events.slice(0, count) };
}

export class Replay implements Disposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param perSecond Infinity: all at once */
  static async start(recording: Recording, perSecond: number): Promise<Replay> {
    const greeting = [recording.welcome, recording.joined].map((text) => framed(Buffer.from(text)));
    const log = Buffer.concat(recording.events);
    const ends = [0];
    for (const { length } of recording.events) ends.push(ends.at(-1)! + length);

    const server = createServer();
    const replay = new Replay(server);
    server.on("connection", (socket) => {
      replay.#sockets.add(socket.setNoDelay());
      socket.on("error", () => {}); // the client ends as it likes
      void greet(socket, greeting).then(() => {
        const start = performance.now();
        let sent = 0;
        const timer = setInterval(() => {
          const due = Math.floor(((performance.now() - start) * perSecond) / 1_000);
          const to = Math.min(recording.events.length, due);
          if (to > sent) socket.write(log.subarray(ends[sent], ends[to]));
          sent = to;
          if (to === recording.events.length || socket.destroyed) clearInterval(timer);
        }, WRITE_EVERY_MS);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return replay;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Takes the handshake, and answers once both `hello` and `join` came. */
async function greet(socket: Socket, greeting: readonly Buffer[]): Promise<void> {
  let data = Buffer.alloc(0);
  let isOpen = false;
  await new Promise<void>((resolve) => {
    socket.on("data", (bytes) => {
      data = Buffer.concat([data, bytes as Buffer]);
      const key = /sec-websocket-key: (.*)\r\n/i.exec(data.toString("latin1"))?.[1];
      const head = data.indexOf("\r\n\r\n");
      if (!isOpen && head >= 0) {
        isOpen = true;
        data = data.subarray(head + 4);
        const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: natter.v1\r\n\r\n`,
        );
      }
      if (!isOpen || textFrames(data) < greeting.length) return;
      socket.removeAllListeners("data").resume();
      for (const frame of greeting) socket.write(frame);
      resolve();
    });
  });
}

/** How many whole frames there are; those of a client are masked, and these are short. */
function textFrames(data: Buffer): number {
  let count = 0;
  for (let at = 0; at + 2 <= data.length; count++) {
    at += 6 + (data[at + 1]! & 0x7f);
    if (at > data.length) break;
  }
  return count;
}

function framed(payload: Buffer): Buffer {
  const header =
    payload.length < 126
      ? Buffer.from([0x81, payload.length])
      : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([header, payload]);
}
