import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import { addressOf } from "./address.ts";
import { Doorkeeper, Refusal, refuse } from "./admission.ts";
import type { AttachOptions, Logger, Settings } from "./options.ts";

/** Somebody whose handshake is done. `socket` is the one the upgrade handed over: `ws` keeps its own to itself. */
export type Arrival<Data> = {
  readonly ws: WebSocket;
  readonly socket: Socket;
  readonly address: string;
  readonly data: Data;
  readonly request: IncomingMessage;
};

type EntranceOptions<Data> = {
  readonly settings: Settings<Data>;
  readonly log: Logger;
  readonly arrive: (arrival: Arrival<Data>) => void;
  readonly refuse: (
    refusal: { status: number; reason: string; address: string },
    request: IncomingMessage,
  ) => void;
  readonly report: (error: unknown) => void;
};

/** How many hubs have left an upgrade to others: when all listeners have, nobody else will answer it. */
const declined = new WeakMap<IncomingMessage, number>();

/** Takes upgrades from HTTP servers through the handshake, and hands on whoever may come in. */
export class Entrance<Data> {
  readonly #options: EntranceOptions<Data>;
  readonly #doorkeeper: Doorkeeper<Data>;
  readonly #ws: WebSocketServer;
  readonly #detach: (() => void)[] = [];
  /** Connections that are no clients, not yet or not at all. */
  readonly #atTheDoor = new Set<Socket>();
  /** How many requests before an upgrade are not answered yet. */
  readonly #unanswered = new WeakMap<Socket, number>();
  #denied: { code: number; reason: string } | undefined;

  constructor(options: EntranceOptions<Data>) {
    this.#options = options;
    this.#doorkeeper = new Doorkeeper(options.settings);
    this.#ws = new WebSocketServer(forWs(options.settings));
    // Called within handleUpgrade: so what `ws` refuses is answered and told as every other refusal is.
    this.#ws.on("wsClientError", ({ message }, _, { method }) => {
      if (method === "GET") throw new Refusal(400, `${message}.`);
      throw new Refusal(405, "A WebSocket handshake is a GET.", ["Allow: GET"]);
    });
  }

  attach({ server, path }: AttachOptions): void {
    const onUpgrade = (request: IncomingMessage, duplex: Duplex, head: Buffer): void => {
      const socket = duplex as Socket;
      if (path === undefined || request.url?.split("?", 1)[0] === path) {
        void this.#upgrade(request, socket, head);
        return;
      }
      const times = (declined.get(request) ?? 0) + 1;
      declined.set(request, times);
      if (times < server.listenerCount("upgrade")) return;
      socket.on("error", ignore);
      refuse(socket, new Refusal(404, "There is no WebSocket at this path."));
    };
    const onRequest = ({ socket }: IncomingMessage, response: ServerResponse): void => {
      this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 0) + 1);
      response.once("close", () => this.#unanswered.set(socket, this.#unanswered.get(socket)! - 1));
    };
    server.on("upgrade", onUpgrade);
    server.prependListener("request", onRequest); // before anybody has answered it
    this.#detach.push(() => server.off("upgrade", onUpgrade).off("request", onRequest));
  }

  deny(code: number, reason: string): void {
    this.#denied = { code, reason };
  }

  allow(): void {
    this.#denied = undefined;
  }

  /** Lets go of every server, and cuts whoever is not a client yet. */
  close(): void {
    for (const detach of this.#detach) detach();
    for (const socket of this.#atTheDoor) socket.destroy();
  }

  /** Its answer would be written into the middle of the WebSocket. */
  #checkUnanswered(socket: Socket): void {
    if ((this.#unanswered.get(socket) ?? 0) === 0) return;
    throw new Refusal(400, "A request before this one is not answered yet: wait for it, or connect anew.");
  }

  /** By itself: a listener made where the request is known would keep it as long as somebody is connected, 1.9 kB each. */
  #waitAtTheDoor(socket: Socket): void {
    this.#atTheDoor.add(socket);
    socket.once("close", () => this.#atTheDoor.delete(socket));
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on("error", ignore); // until ws listens: the client may be gone before it is answered
    this.#waitAtTheDoor(socket);
    const peer = addressOf(socket);
    let address = peer;
    try {
      this.#checkUnanswered(socket);
      address = this.#options.settings.addressOf?.(request, peer) ?? peer;
      const data = await this.#doorkeeper.enter(request, socket, address);
      this.#ws.handleUpgrade(request, socket, head, (ws) => {
        socket.off("error", ignore);
        if (this.#denied) return turnAway(ws, this.#denied);
        this.#atTheDoor.delete(socket);
        this.#options.arrive({ ws, socket, address, data, request });
      });
    } catch (error) {
      if (error instanceof Refusal) {
        this.#options.log.info(`Refused ${address}: ${error.status} ${error.message}`);
        refuse(socket, error);
        this.#options.refuse({ status: error.status, reason: error.message, address }, request);
      } else {
        refuse(socket, new Refusal(500, "The server failed to decide."));
        this.#options.report(error);
      }
    }
  }
}

/** `closeTimeout` and `maxFragments` are newer than @types/ws. */
function forWs(settings: Omit<Settings<unknown>, "admit" | "onSlow">): ServerOptions {
  const options: ServerOptions & { closeTimeout: number; maxFragments: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // a raw write would overtake what is still being compressed
    maxPayload: settings.maxMessageBytes,
    maxFragments: settings.maxFragments,
    closeTimeout: settings.closeTimeoutMs,
    handleProtocols: (offered) => settings.protocols?.find((protocol) => offered.has(protocol)) ?? false,
  };
  return options;
}

function turnAway(ws: WebSocket, { code, reason }: { code: number; reason: string }): void {
  ws.on("error", ignore);
  ws.close(code, reason);
}

function ignore(): void {}
