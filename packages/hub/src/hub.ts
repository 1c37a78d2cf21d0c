import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Client, Departure } from "./client.ts";
import { Clients } from "./clients.ts";
import { Entrance } from "./entrance.ts";
import { SafeEmitter } from "./events.ts";
import {
  type AttachOptions,
  atLevel,
  type CloseOptions,
  type HubOptions,
  type Logger,
  requireCloseFrame,
  type Settings,
  settle,
} from "./options.ts";
import { Port, type RefusalTold } from "./port.ts";

/** What the hub tells, and with what. A listener that throws, or whose promise rejects, harms nobody: see `error`. */
export type HubEvents<Data> = {
  /** A client is there, and hears what is published from now on. The request is its handshake's. */
  connect: [client: Client<Data>, request: IncomingMessage];
  /** Text comes as a string, a binary message as a Buffer. Fragments are put together before. */
  message: [client: Client<Data>, message: string | Buffer];
  /** A client is gone, politely or not; it is in no room any more. */
  disconnect: [client: Client<Data>, departure: Departure];
  /**
   * Somebody was not let in, by a limit, by `admit`, or because the handshake was none. On the hub's own port also where
   * what came was no request, so that there is none, or the connection was one too many and cut.
   */
  refuse: [refusal: RefusalTold, request: IncomingMessage | undefined];
  /** Another listener or `admit` failed. Without a listener for it, the error is logged. */
  error: [error: unknown];
};

export type PublishOptions<Data = unknown> = {
  /** Who does not hear it, such as the one who said it. Default: nobody. */
  readonly except?: Client<Data> | undefined;
};

const NOBODY: ReadonlySet<Client> = new Set();

/**
 * A WebSocket server with rooms.
 *
 * It keeps the process alive only while its port is open or clients are connected.
 */
export class Hub<Data = unknown> extends SafeEmitter<HubEvents<Data>> {
  readonly #settings: Settings<Data>;
  readonly #log: Logger;
  readonly #entrance: Entrance<Data>;
  readonly #clients: Clients<Data>;
  readonly #port: Port | undefined;
  #closed: Promise<void> | undefined;

  /** @throws {RangeError} naming the option that is not what it must be */
  constructor(options: HubOptions<Data> = {}) {
    const settings = settle(options);
    const log = atLevel(settings.logger, settings.logLevel);
    super(log);
    this.#settings = settings;
    this.#log = log;
    this.#entrance = new Entrance({
      settings,
      log,
      arrive: (arrival) => this.#clients.connect(arrival),
      refuse: (refusal, request) => this.tell("refuse", refusal, request),
      report: (error) => this.report(error),
    });
    this.#clients = new Clients(settings, log, {
      connect: (client, request) => this.tell("connect", client, request),
      message: (client, message) => this.tell("message", client, message),
      disconnect: (client, departure) => this.tell("disconnect", client, departure),
      report: (error) => this.report(error),
    });
    if (settings.port !== undefined) {
      this.#port = new Port(settings, (refusal) => this.tell("refuse", refusal, undefined));
      this.attach({ server: this.#port.server, path: settings.path });
    }
    if (settings.server !== undefined) this.attach({ server: settings.server, path: settings.path });
  }

  /** Who is connected, by id, in the order of their coming. */
  get clients(): ReadonlyMap<number, Client<Data>> {
    return this.#clients.byId;
  }

  /** Memory that is held by what waits for slow readers, in bytes, of all together. */
  get waitingBytes(): number {
    return this.#clients.waitingBytes;
  }

  /** Where the hub's own port listens; `null` before `listen()`, after `close()`, and without a port. */
  get address(): AddressInfo | null {
    return this.#port?.address ?? null;
  }

  /** Who is in a room. */
  members(room: string): ReadonlySet<Client<Data>> {
    return (this.#clients.rooms.get(room)?.members ?? NOBODY) as ReadonlySet<Client<Data>>;
  }

  /**
   * Opens the port. A hub that is only attached to servers needs no `listen()`.
   *
   * @returns the hub, for one-liners
   * @throws the listening error as Node gives it, such as one with code EADDRINUSE
   */
  async listen(): Promise<this> {
    if (this.#port === undefined) throw new Error("listen() needs the option port");
    if (this.#closed !== undefined) throw new Error("listen() on a closed hub");
    const onError = (error: Error): void => this.#log.error(`Trouble with the port: ${error.message}`);
    await this.#port.open({ port: this.#settings.port!, host: this.#settings.host, onError });
    this.#log.info(`Listening on ${this.address?.address} port ${this.address?.port}`);
    return this;
  }

  /**
   * From now on, new connections to the hub's own port get this certificate; those there are left alone.
   *
   * @throws what Node throws for PEM texts that are none, or do not belong together; nothing changes then
   */
  setTls(tls: { readonly key: string | Buffer; readonly cert: string | Buffer }): void {
    if (this.#port === undefined) throw new Error("setTls() needs the options port and tls");
    this.#port.setTls(tls);
  }

  /** Takes the upgrades of one more HTTP server. The server stays its owner's: `close()` lets go of it. */
  attach(options: AttachOptions): void {
    this.#entrance.attach(options);
  }

  /** Sends to everybody in a room. */
  publish(room: string, message: string | Uint8Array, { except }: PublishOptions<Data> = {}): void {
    const known = this.#clients.rooms.get(room);
    if (known !== undefined) this.#clients.fanout.publish(known, message, except);
  }

  /**
   * How long what is published to the room now waits for others to share its write, in ms, at most `maxWindowMs`; 0: it is
   * written at the end of this turn. Whoever has something to do before it is published can take that long for it.
   */
  waitMs(room: string): number {
    const known = this.#clients.rooms.get(room);
    return known === undefined ? 0 : this.#clients.fanout.waitMs(known);
  }

  /** Sends to everybody. */
  broadcast(message: string | Uint8Array, { except }: PublishOptions<Data> = {}): void {
    this.#clients.fanout.publish(this.#clients.rooms.everyone, message, except);
  }

  /**
   * From now on, whoever connects is closed at once and never becomes a client. The handshake still completes,
   * for a browser's page learns code and reason only so.
   *
   * @param code default 1013, try again later
   * @throws {RangeError} for a code that may not be sent (RFC 6455 section 7.4), or a reason over 123 bytes
   */
  deny(code = 1013, reason = ""): void {
    requireCloseFrame(code, reason);
    this.#entrance.deny(code, reason);
  }

  /** Takes `deny` back. */
  allow(): void {
    this.#entrance.allow();
  }

  /**
   * Disconnects everybody; new clients may come. Resolves when all of these are gone.
   *
   * @throws {RangeError} for a code that may not be sent (RFC 6455 section 7.4), or a reason over 123 bytes
   */
  async disconnectAll({ graceful = true, code = 1000, reason = "" }: CloseOptions = {}): Promise<void> {
    requireCloseFrame(code, reason);
    this.#clients.fanout.flush();
    const leaving = [...this.#clients.byId.values()];
    const gone = leaving.map((client) => new Promise((resolve) => client.ws.once("close", resolve)));
    for (const client of leaving) {
      if (graceful) client.close(code, reason);
      else client.terminate();
    }
    await Promise.all(gone);
  }

  /**
   * Lets nobody in any more, disconnects everybody, and closes the port. A second call waits for the first.
   *
   * @returns when all are gone: at once if not graceful, within `closeTimeoutMs` if so
   * @throws {RangeError} for a code that may not be sent (RFC 6455 section 7.4), or a reason over 123 bytes
   */
  async close({ graceful = true, code = 1001, reason = "" }: CloseOptions = {}): Promise<void> {
    requireCloseFrame(code, reason);
    this.#closed ??= this.#close({ graceful, code, reason });
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: CloseOptions): Promise<void> {
    this.#entrance.close();
    const portClosed = this.#port?.close();
    await this.disconnectAll(options);
    this.#clients.stop();
    await portClosed;
    this.#log.info("Closed");
  }
}
