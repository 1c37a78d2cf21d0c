import { once } from "node:events";
import { createServer, type Server as HttpServer, type ServerOptions } from "node:http";
import { createServer as createSecureServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { addressOf } from "./address.ts";
import { Refusal, refuse } from "./admission.ts";
import type { HubOptions, Settings } from "./options.ts";
import { unreadable } from "./unreadable.ts";

/** How often Node looks for connections over their time, in ms: its default of 30 s would triple a limit of 10 s. */
const CHECKING_INTERVAL_MS = 500;

/** Connections that the system holds until they are taken; Node's default, 511, is passed when everybody comes back at once. */
const BACKLOG = 4096;

/** Connections beyond those of clients, which are to be told why they are refused. Past these they are cut. */
export const AT_THE_DOOR = 256;

export type RefusalTold = { status: number; reason: string; address: string };

type PortSettings = Pick<HubOptions, "tls"> &
  Pick<Settings<unknown>, "handshakeTimeoutMs" | "maxConnections">;

/** The hub's own HTTP(S) server: it takes upgrades, and tells everybody else what it is for. */
export class Port {
  readonly server: HttpServer | HttpsServer;
  /** TLS handshakes under way, by peer: the HTTP server does not know these connections yet. */
  readonly #shaking = new Map<string, Socket>();
  #opening: Promise<unknown> | undefined;

  constructor(
    { tls, handshakeTimeoutMs, maxConnections }: PortSettings,
    refused: (refusal: RefusalTold) => void,
  ) {
    const options: ServerOptions = {
      headersTimeout: handshakeTimeoutMs,
      requestTimeout: handshakeTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, handshakeTimeoutMs),
      keepAliveTimeout: 1_000,
      // Whoever offers something else, such as HTTP/2, is answered as if they had not.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    };
    this.server = tls
      ? createSecureServer({ ...options, ...tls, handshakeTimeout: handshakeTimeoutMs })
      : createServer(options);
    this.server.maxConnections = maxConnections + AT_THE_DOOR;
    this.server.on("request", (request, response) => {
      request.resume();
      response.writeHead(426, { Upgrade: "websocket", Connection: "close", "Content-Type": "text/plain" });
      response.end("This port speaks WebSocket: connect with a WebSocket client.\n");
    });
    this.server.on("drop", (dropped) => {
      const reason = "Too many connections: cut without an answer.";
      refused({ status: 503, reason, address: addressOf(dropped ?? {}) });
    });
    // Node would say the same, and tell nobody.
    this.server.on("clientError", (error, duplex) => {
      const socket = duplex as Socket;
      const fault = unreadable(error);
      if (fault === undefined || !socket.writable) return void socket.destroy();
      refused({ status: fault.status, reason: fault.message, address: addressOf(socket) });
      refuse(socket, new Refusal(fault.status, fault.message));
    });
    if (tls) this.#watchHandshakes();
  }

  /** `null` while it is not open. */
  get address(): AddressInfo | null {
    return this.server.address() as AddressInfo | null;
  }

  /**
   * @param onError later trouble, such as no file descriptors left to accept with: the port stays open
   * @throws the listening error, such as EADDRINUSE, as Node gives it
   */
  async open({ port, host, onError }: { port: number; host: string; onError: (error: Error) => void }) {
    this.#opening = once(this.server, "listening");
    this.server.listen({ port, host, backlog: BACKLOG });
    await this.#opening;
    this.server.on("error", onError);
  }

  setTls(tls: NonNullable<HubOptions["tls"]>): void {
    if (!("setSecureContext" in this.server)) throw new Error("setTls() needs the option tls");
    this.server.setSecureContext(tls);
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => {});
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    for (const socket of this.#shaking.values()) socket.destroy();
    await closed;
  }

  #watchHandshakes(): void {
    const peer = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
    this.server.on("connection", (socket: Socket) => {
      const key = peer(socket);
      this.#shaking.set(key, socket);
      socket.once("close", () => {
        if (this.#shaking.get(key) === socket) this.#shaking.delete(key);
      });
    });
    this.server.on("secureConnection", (socket: Socket) => this.#shaking.delete(peer(socket)));
  }
}
