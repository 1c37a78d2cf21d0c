// What the fuzzer sends: messages in frames that are whole, in pieces, almost right, or an attack, and handshakes.
// Each says with which close codes a server may answer it, and whether it has to.

import type { Random } from "../../../packages/server/src/simulation/random.ts";
import { BINARY, CLOSE, encode, handshake, PING, PONG } from "../../support/raw-client.ts";
import { Messages } from "./json.ts";

export type Input = {
  readonly bytes: Buffer;
  /** The only close codes allowed for it. */
  readonly codes: readonly number[];
  /** The connection must not live on. */
  readonly isDeadly: boolean;
};

export type Kind = "natter.v1" | "before hello" | "plain";

export class Inputs {
  readonly #random: Random;
  readonly #messages: Messages;
  readonly #kind: Kind;

  constructor(random: Random, kind: Kind, room: string, tag: string) {
    this.#random = random;
    this.#kind = kind;
    this.#messages = new Messages(random, room, tag);
  }

  next(): Input {
    const kind = this.#random.next();
    if (kind < 0.8) return this.#whole();
    if (kind < 0.95) return this.#inPieces();
    return this.#broken();
  }

  #message(): { payload: Buffer; codes: number[]; isDeadly: boolean } {
    const payload = Buffer.from(this.#messages.next());
    const isLong = payload.length > (this.#kind === "plain" ? 8_192 : 65_536);
    const codes = isLong ? [1009] : [];
    return { payload, codes: this.#kind === "before hello" ? [...codes, 1008] : codes, isDeadly: isLong };
  }

  #whole(): Input {
    const { payload, ...rest } = this.#message();
    return { bytes: encode(payload), ...rest };
  }

  /** In fragments, with pings and pongs in between, which is all allowed. */
  #inPieces(): Input {
    const { payload, ...rest } = this.#message();
    const pieces = 1 + Math.floor(this.#random.next() * 5);
    const size = Math.ceil(payload.length / pieces);
    const frames: Buffer[] = [];
    for (let piece = 0; piece < pieces; piece++) {
      const part = payload.subarray(piece * size, (piece + 1) * size);
      frames.push(encode(part, { opcode: piece === 0 ? 1 : 0, fin: piece === pieces - 1 }));
      if (this.#random.chance(0.2)) {
        frames.push(encode(Buffer.alloc(125), { opcode: this.#random.chance(0.5) ? PING : PONG }));
      }
    }
    return { bytes: Buffer.concat(frames), ...rest };
  }

  #broken(): Input {
    const random = this.#random;
    const { payload } = this.#message();
    const short = payload.subarray(0, 100);
    const [bytes, codes] = random.pick<() => [Buffer, number[]]>([
      () => [encode(payload, { rsv: 1 + Math.floor(random.next() * 7) }), [1002]],
      () => [encode(payload, { mask: false }), [1002]],
      () => [encode(payload, { opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) }), [1002]],
      () => [encode(payload, { opcode: 0 }), [1002]],
      () => [encode(Buffer.alloc(126), { opcode: random.pick([PING, PONG, CLOSE]) }), [1002]],
      () => [encode(short, { opcode: random.pick([PING, PONG]), fin: false }), [1002]],
      () => [Buffer.concat([encode(short, { fin: false }), encode(short)]), [1002]],
      () => [encode(Buffer.concat([short, Buffer.from([0xc3, 0x28])])), [1007]],
      () => [encode(Buffer.from([0xed, 0xa0, 0x80])), [1007]],
      () => [encode(payload, { opcode: BINARY }), [1003, ...(payload.length > 65_536 ? [1009] : [])]],
      () => [
        announcing(random.pick([65_537n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])),
        [1009],
      ],
      () => [encode(Buffer.alloc(65_537, "x")), [1009]],
      () => [endless(200), [1008]],
      () => [closing(random.pick([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535])), [1002]],
      () => [closing(random.pick([1000, 1001, 3000, 4999])), [1000, 1001, 3000, 4999]],
      () => [encode(Buffer.alloc(1), { opcode: CLOSE }), [1002]],
      () => [encode(Buffer.alloc(0), { opcode: CLOSE }), [1000, 1005]],
      () => [Buffer.from(Array.from({ length: 2_000 }, () => 0xff)), [1002]],
    ])();
    // Whoever is not through with hello is closed for too much before it, too.
    return { bytes, codes: this.#kind === "before hello" ? [...codes, 1008] : codes, isDeadly: true };
  }
}

function announcing(length: bigint): Buffer {
  const head = Buffer.alloc(14);
  head.set([0x81, 0x80 | 127]);
  head.writeBigUInt64BE(length, 2);
  return head;
}

function endless(pieces: number): Buffer {
  const first = encode(Buffer.from("x"), { fin: false });
  const piece = encode(Buffer.from("x"), { fin: false, opcode: 0 });
  return Buffer.concat([first, ...Array.from({ length: pieces }, () => piece)]);
}

function closing(code: number): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return encode(payload, { opcode: CLOSE });
}

const HEADERS = [
  ...[
    "Host: localhost",
    "Host: evil.example",
    "Host:",
    "Origin: null",
    "Origin: https://evil.example",
    "Upgrade: h2c",
  ],
  ...[
    "Sec-WebSocket-Version: 8",
    "Sec-WebSocket-Protocol: natter.v1",
    "Sec-WebSocket-Protocol: ,",
    "Cookie: a=b",
  ],
  ...['Sec-WebSocket-Extensions: permessage-deflate; a="', "Sec-WebSocket-Extensions: permessage-deflate"],
  ...[
    "Transfer-Encoding: chunked",
    "Content-Length: 5",
    "Content-Length: -1",
    "Expect: 100-continue",
    "A: \u0000",
  ],
  ...[
    "X-Forwarded-For: 6.6.6.6",
    "Connection: close",
    "Range: bytes=0-",
    "Accept-Encoding: br;q=nan",
    " folded",
    ":",
  ],
];
const PATHS = [
  "/",
  "/lobby",
  "/%",
  "/%00",
  "/..%2f..",
  "/a/b",
  "/?name=3",
  "/?name=%ff",
  "/x?name=(",
  "*",
  "//",
  "/client.html",
];
const METHODS = ["GET", "GET", "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PRI", "get", ""];

/** A request with something about it, for either port. */
export function randomRequest(random: Random, port: number): Buffer {
  let lines = handshake(port, { path: random.pick(PATHS) })
    .split("\r\n")
    .slice(0, -2);
  lines[0] = lines[0]!.replace("GET", random.pick(METHODS));
  if (random.chance(0.3))
    lines[0] = lines[0]!.replace("1.1", random.pick(["1.0", "0.9", "2.0", "9", "1.1 "]));
  if (random.chance(0.5)) lines = lines.filter((_, index) => index === 0 || random.chance(0.8));
  for (let count = Math.floor(random.next() * 4); count > 0; count--) {
    lines.splice(1 + Math.floor(random.next() * lines.length), 0, random.pick(HEADERS));
  }
  if (random.chance(0.05)) lines.push(...Array.from({ length: 2_100 }, (_, index) => `a${index}: b`));
  return Buffer.from(`${lines.join(random.chance(0.95) ? "\r\n" : "\n")}\r\n\r\n`, "latin1");
}
