import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { isLoopback, networkOf } from "./address.ts";
import type { Admission, Denial, Settings } from "./options.ts";

/** An upgrade that goes no further, and what the client is told. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: readonly string[];

  constructor(status: number, reason: string, headers: readonly string[] = []) {
    super(reason);
    this.status = status;
    this.headers = headers;
  }
}

/** Counts who is connected, and decides who may come: the cheap questions first, the application's own last. */
export class Doorkeeper<Data> {
  readonly #settings: Settings<Data>;
  readonly #perAddress = new Map<string, number>();
  #connections = 0;

  constructor(settings: Settings<Data>) {
    this.#settings = settings;
  }

  /**
   * Lets a connection in and counts it until its socket closes.
   *
   * @throws {Refusal}
   * @throws whatever `admit` throws
   */
  async enter(request: IncomingMessage, socket: Socket, address: string): Promise<Data> {
    this.#checkBody(request);
    this.#checkVersion(request);
    this.#checkProtocols(request);
    this.#checkExtensions(request);
    this.#count(socket, address);
    const { admit } = this.#settings;
    if (admit === undefined) return undefined as Data;
    const answer = await this.#inTime(Promise.resolve(admit(request)));
    if ("refuse" in answer) throw refusalOf(answer);
    return answer.data;
  }

  /** Node goes on reading a body behind the upgrade: it would take frames for it, and answer them with HTTP. */
  #checkBody({ headers }: IncomingMessage): void {
    const { "transfer-encoding": encoding, "content-length": length = "0" } = headers;
    if (encoding === undefined && length === "0") return;
    throw new Refusal(400, "A WebSocket handshake has no body.");
  }

  /** `ws` also takes version 8, where the origin stands in another header; nothing alive speaks it. */
  #checkVersion(request: IncomingMessage): void {
    if (request.headers["sec-websocket-version"] === "13") return;
    throw new Refusal(400, "This server speaks WebSocket version 13 (RFC 6455) only.", [
      "Sec-WebSocket-Version: 13",
    ]);
  }

  #checkProtocols(request: IncomingMessage): void {
    const spoken = this.#settings.protocols;
    const offered = request.headers["sec-websocket-protocol"];
    if (spoken === undefined || offered === undefined) return;
    if (offered.split(",").some((protocol) => spoken.includes(protocol.trim()))) return;
    const known =
      spoken.length > 0 ? `Subprotocols spoken here: ${spoken.join(", ")}` : "No subprotocol is spoken here";
    throw new Refusal(400, `${known}; or offer none.`);
  }

  /** None is spoken, so none is read: but quotes that do not close are no header (CVE-2020-7663 hung on them). */
  #checkExtensions({ headers }: IncomingMessage): void {
    const quotes = headers["sec-websocket-extensions"]?.replace(/\\./g, "").split('"').length ?? 1;
    if (quotes % 2 === 0) throw new Refusal(400, "Sec-WebSocket-Extensions has a quote that does not close.");
  }

  #count(socket: Socket, address: string): void {
    const { maxConnections, maxConnectionsPerAddress } = this.#settings;
    const network = networkOf(address);
    const fromAddress = this.#perAddress.get(network) ?? 0;
    if (this.#connections >= maxConnections) {
      throw new Refusal(503, "Too many connections: try again later.", ["Retry-After: 10"]);
    }
    if (fromAddress >= maxConnectionsPerAddress && !isLoopback(address)) {
      throw new Refusal(429, "Too many connections from your address.", ["Retry-After: 10"]);
    }
    this.#connections++;
    this.#perAddress.set(network, fromAddress + 1);
    socket.once("close", () => {
      this.#connections--;
      const left = (this.#perAddress.get(network) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(network, left);
      else this.#perAddress.delete(network);
    });
  }

  async #inTime(answer: Promise<Admission<Data>>): Promise<Admission<Data>> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new Refusal(503, "The server took too long to decide."));
      timer = setTimeout(giveUp, this.#settings.handshakeTimeoutMs);
    });
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function refusalOf({ refuse: status, reason, retryAfterS }: Denial): Refusal {
  return new Refusal(status, reason, retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]);
}

/** Ends an upgrade with an HTTP answer in plain text. */
export function refuse(socket: Socket, refusal: Refusal): void {
  if (!socket.writable) return void socket.destroy();
  const body = `${refusal.message}\n`;
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? "Refused"}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...refusal.headers,
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
