import type { IncomingMessage } from "node:http";
import { WaitingBound } from "./bound.ts";
import { Client, type Departure } from "./client.ts";
import type { Arrival } from "./entrance.ts";
import { Fanout } from "./fanout.ts";
import type { Logger, Settings } from "./options.ts";
import { Rooms } from "./rooms.ts";
import { Watch } from "./watch.ts";

/** Hears of each client, and takes what a callback of the application throws. */
type Listener<Data> = {
  connect(client: Client<Data>, request: IncomingMessage): void;
  message(client: Client<Data>, message: string | Buffer): void;
  disconnect(client: Client<Data>, departure: Departure): void;
  report(error: unknown): void;
};

/** Who is connected: how they come, are heard and go, by themselves or because they broke a limit. */
export class Clients<Data> {
  readonly byId = new Map<number, Client<Data>>();
  readonly rooms = new Rooms();
  readonly fanout: Fanout;
  readonly #settings: Settings<Data>;
  readonly #log: Logger;
  readonly #listener: Listener<Data>;
  readonly #watch: Watch;
  readonly #bound: WaitingBound;
  #lastId = 0;

  constructor(settings: Settings<Data>, log: Logger, listener: Listener<Data>) {
    this.#settings = settings;
    this.#log = log;
    this.#listener = listener;
    const { maxWaitingBytes: ofOne, maxWaitingBytesInAll: ofAll } = settings;
    this.#bound = new WaitingBound({ ofOne, ofAll, passed: () => this.#relieve() });
    const slowReaders = {
      mayStay: (client: Client) => this.#mayStay(client as Client<Data>),
      cut: (client: Client) => this.#cut(client, "slow"),
    };
    this.fanout = new Fanout(slowReaders, settings.maxWindowMs);
    this.#watch = new Watch({
      clients: () => this.byId.values(),
      pingIntervalMs: settings.pingIntervalMs,
      stalledTimeoutMs: settings.stalledTimeoutMs,
      idleTimeoutMs: settings.idleTimeoutMs,
      messageTimeoutMs: settings.messageTimeoutMs,
      unfinished: (client) => this.#refuse(client, "message not complete in time"),
      stalled: (client) => this.#cut(client, "slow"),
      silent: (client) => this.#cut(client, "silent"),
      idle: (client) => {
        client.why ??= "idle";
        client.close(1000, "idle");
      },
    });
  }

  /** Memory that is held by what waits for slow readers, in bytes, of all together. */
  get waitingBytes(): number {
    return this.#bound.bytes;
  }

  /** Nobody is looked after any more. */
  stop(): void {
    this.#watch.stop();
  }

  connect({ ws, socket, address, data, request }: Arrival<Data>): void {
    const id = ++this.#lastId;
    const bounds = {
      bound: this.#bound,
      maxControlFramesPerSecond: this.#settings.maxControlFramesPerSecond,
    };
    const client = new Client<Data>({ hub: this.#forClients, id, ws, socket, address, data, ...bounds });
    this.byId.set(id, client);
    this.rooms.enter(client, this.rooms.everyone);
    ws.on("message", (bytes: Buffer, isBinary) => {
      if (client.why !== undefined) return; // it was told to go: what it still says is not heard
      client.messagesReceived++;
      this.#listener.message(client, isBinary ? bytes : bytes.toString());
    });
    // A client that pings without reading piles up pongs, which pass by the writer. ws itself cuts one that has
    // 60 of them to come, without an error event.
    ws.on("ping", () => {
      if (!client.isOpen) client.why ??= "invalid";
      else if (client.writer.isOver() && !this.#mayStay(client)) this.#cut(client, "slow");
      else this.#countControl(client);
    });
    ws.on("pong", () => this.#countControl(client));
    ws.on("error", () => {
      client.why ??= "invalid"; // ws closes with the fitting code by itself
    });
    ws.on("close", (code, reason) => this.#disconnect(client, code, reason.toString()));
    this.#log.debug(`Client ${id} connected from ${client.address}`);
    this.#listener.connect(client, request);
  }

  #disconnect(client: Client<Data>, code: number, reason: string): void {
    this.rooms.leaveAll(client);
    this.byId.delete(client.id);
    client.writer.release();
    const why = client.why ?? "left";
    this.#log.debug(`Client ${client.id} gone: ${why}, ${code}`);
    this.#listener.disconnect(client, { code, reason, why });
  }

  #mayStay(client: Client<Data>): boolean {
    try {
      return this.#settings.onSlow?.(client) === "keep";
    } catch (error) {
      this.#listener.report(error);
      return false;
    }
  }

  /** More waits for all than may, though each was kept or had nothing waiting before: who holds most goes first. */
  #relieve(): void {
    const held = ({ writer }: Client): number => writer.countedBytes;
    const holders = [...this.byId.values()].filter((client) => held(client) > 0);
    for (const client of holders.sort((one, other) => held(other) - held(one))) {
      if (!this.#bound.isPassed) return;
      this.#cut(client, "slow");
    }
  }

  #countControl(client: Client): void {
    if (!client.controlRate.take(performance.now())) this.#refuse(client, "too many pings or pongs");
  }

  /** It broke a limit: it is told so, and is not heard any more. */
  #refuse(client: Client, reason: string): void {
    if (!client.isOpen) return;
    client.why ??= "invalid";
    this.rooms.leaveAll(client);
    client.close(1008, reason);
  }

  /** Out of every room at once: what is published before its socket has closed is not for it any more. */
  #cut(client: Client, why: Departure["why"]): void {
    client.why ??= why;
    this.#log.warn(`Client ${client.id} (${client.address}) cut off: ${why}`);
    this.rooms.leaveAll(client);
    client.terminate();
    client.writer.release();
  }

  readonly #forClients = {
    send: (client: Client, message: string | Uint8Array): void => {
      if (client.isOpen) this.fanout.send(client, message);
    },
    join: (client: Client, name: string): void => {
      if (client.isOpen) this.rooms.join(client, name);
    },
    leave: (client: Client, name: string): void => {
      const room = this.rooms.get(name);
      if (room === undefined || !room.members.has(client)) return;
      this.fanout.handOutTo(client, room);
      this.rooms.leave(client, room);
    },
    flushClient: (client: Client): void => this.fanout.flushClient(client),
  };
}
