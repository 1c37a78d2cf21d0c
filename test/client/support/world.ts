// A server's own logic over the simulation's network, disk and clock, with sockets for the client's own logic.

import { SUBPROTOCOL } from "@natter/protocol";
import { MessageRate } from "../../../packages/server/src/access/message-rate.ts";
import { createMemoryBus } from "../../../packages/server/src/bus/memory.ts";
import type { Chat } from "../../../packages/server/src/chat.ts";
import { Presence } from "../../../packages/server/src/presence/presence.ts";
import { Backlog } from "../../../packages/server/src/rooms/backlog.ts";
import { Rooms } from "../../../packages/server/src/rooms/rooms.ts";
import { People } from "../../../packages/server/src/sessions/people.ts";
import { Session } from "../../../packages/server/src/sessions/session.ts";
import { FakeClock } from "../../../packages/server/src/simulation/fake-clock.ts";
import { FakeDisk } from "../../../packages/server/src/simulation/fake-disk.ts";
import {
  FakeChannels,
  FakeConnection,
  type Peer,
} from "../../../packages/server/src/simulation/fake-network.ts";
import { Random } from "../../../packages/server/src/simulation/random.ts";
import { createMemoryStore, type MemoryStore } from "../../../packages/server/src/store/memory.ts";
import { MAX_READ, type StoredEvent } from "../../../packages/server/src/store/store.ts";

let lastId = 0;

/** One life of the server. */
class ServerProcess {
  readonly connections = new Set<FakeConnection>();
  readonly disk: FakeDisk;
  readonly #world: { clock: FakeClock; random: Random; channels: FakeChannels };
  readonly #chat: Chat;
  #isUp = true;

  constructor(store: MemoryStore, clock: FakeClock, random: Random, messagesPerSecond: number) {
    this.disk = new FakeDisk(store, clock, random);
    const channels = new FakeChannels();
    const backlog = new Backlog();
    this.#world = { clock, random, channels };
    this.#chat = {
      store: this.disk.store,
      channels,
      clock,
      rooms: new Rooms({ store: this.disk.store, bus: createMemoryBus(), channels, clock, backlog }),
      presence: new Presence({ channels, clock, print: () => {} }),
      people: new People(),
      rate: new MessageRate(messagesPerSecond),
      refusal: () => (this.disk.isBusy() ? "busy" : backlog.refusal),
      report: (error) => {
        throw error;
      },
    };
  }

  connect(peer: Peer): FakeConnection {
    const connection = new FakeConnection({ id: ++lastId, protocol: SUBPROTOCOL, peer, ...this.#world });
    const session = new Session(this.#chat, connection);
    this.connections.add(connection);
    connection.onMessage = (text) => this.#isUp && session.receive(text);
    connection.onSlow = () => (this.#isUp ? session.fallBehind() : "cut");
    connection.onGone = () => {
      this.connections.delete(connection);
      if (this.#isUp) session.end();
    };
    return connection;
  }

  crash(): void {
    this.#isUp = false;
    this.disk.crash();
    for (const connection of this.connections) connection.cut();
  }
}

/** The one server, its clock and its log. It can crash, come back, and come back with an older log. */
export class World {
  readonly clock = new FakeClock();
  readonly random: Random;
  store: MemoryStore = createMemoryStore({ epoch: "e0" });
  /** How often a connection cannot be made at all. */
  unreachable = 0;
  readonly #messagesPerSecond: number;
  #server: ServerProcess | undefined;

  constructor(seed: number, messagesPerSecond = 0) {
    this.random = new Random(seed);
    this.#messagesPerSecond = messagesPerSecond;
    this.start();
    this.clock.onTurnEnd = () => {
      for (const connection of this.#server?.connections ?? []) connection.checkWaiting();
    };
  }

  get disk(): FakeDisk | undefined {
    return this.#server?.disk;
  }

  start(): void {
    this.#server = new ServerProcess(this.store, this.clock, this.random, this.#messagesPerSecond);
  }

  crash(): void {
    this.#server?.crash();
    this.#server = undefined;
  }

  /** Undefined where nobody listens. */
  connect(peer: Peer): FakeConnection | undefined {
    return this.random.chance(this.unreachable) ? undefined : this.#server?.connect(peer);
  }

  /** Lets so much time pass, after all that is already on its way by promises. */
  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.clock.pass(ms);
  }

  async log(room: string): Promise<StoredEvent[]> {
    const log: StoredEvent[] = [];
    for (;;) {
      const { events } = await this.store.read(room, { after: log.length, limit: MAX_READ });
      log.push(...events);
      if (events.length < MAX_READ) return log;
    }
  }
}
