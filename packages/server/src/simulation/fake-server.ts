import { SUBPROTOCOL } from "@natter/protocol";
import { MessageRate } from "../access/message-rate.ts";
import { PageTurns } from "../access/page-turns.ts";
import { createMemoryBus } from "../bus/memory.ts";
import type { Chat } from "../chat.ts";
import { PlainClient } from "../plain/plain-client.ts";
import { Presence } from "../presence/presence.ts";
import { Backlog } from "../rooms/backlog.ts";
import { Rooms } from "../rooms/rooms.ts";
import { People } from "../sessions/people.ts";
import { Session } from "../sessions/session.ts";
import type { Store } from "../store/store.ts";
import type { FakeClock } from "./fake-clock.ts";
import { FakeDisk } from "./fake-disk.ts";
import { ADDRESS, FakeChannels, FakeConnection, type Peer } from "./fake-network.ts";
import type { Random } from "./random.ts";

/** The room that plain clients are in. */
const PLAIN_ROOM = "lobby";
/** After how many simulated ms to come back, as a server says that stops. */
const RESTART_MS = 50;

let lastId = 0;

/** One life of the server, its own logic, and the connections to it. It can crash. */
export class FakeServer {
  readonly connections = new Set<FakeConnection>();
  readonly disk: FakeDisk;
  readonly #chat: Chat;
  readonly #sessions = new Set<Session>();
  readonly #world: { clock: FakeClock; random: Random; channels: FakeChannels };
  #isUp = true;

  /** @param messagesPerSecond 0: no limit */
  constructor(store: Store, clock: FakeClock, random: Random, messagesPerSecond = 0) {
    this.disk = new FakeDisk(store, clock, random);
    const channels = new FakeChannels();
    const backlog = new Backlog(clock);
    this.#world = { clock, random, channels };
    this.#chat = {
      store: this.disk.store,
      channels,
      clock,
      rooms: new Rooms({ store: this.disk.store, bus: createMemoryBus(), channels, clock, backlog }),
      presence: new Presence({ channels, clock, print: () => {} }),
      people: new People(),
      rate: new MessageRate(messagesPerSecond),
      pages: new PageTurns(),
      refusal: () => (this.disk.isBusy() ? { code: "busy", retryAfterMs: 1_000 } : backlog.refusal),
      report: (error) => {
        throw error;
      },
    };
  }

  /** @param protocol natter.v1's, or none for a plain client */
  connect(protocol: string, peer: Peer): FakeConnection {
    const connection = new FakeConnection({ id: ++lastId, protocol, peer, ...this.#world });
    const side = this.#sideOf(connection);
    this.connections.add(connection);
    connection.onMessage = (text) => this.#isUp && side.receive(text);
    connection.onSlow = () => (this.#isUp ? side.fallBehind() : "cut");
    connection.onGone = () => {
      this.connections.delete(connection);
      if (!this.#isUp) return;
      side.end();
      if (side instanceof Session) this.#sessions.delete(side);
    };
    return connection;
  }

  /** Others at everybody's address have used up what it may send (M1). */
  crowd(): void {
    const { rate, clock } = this.#chat;
    const now = clock.elapsed();
    for (let spent = rate.perSecond > 0; spent; ) {
      const meter = rate.meter(ADDRESS, now);
      spent = meter.take(now) === 0;
      while (meter.take(now) === 0);
      meter.release();
    }
  }

  /** Nothing of it runs any more. */
  crash(): void {
    this.#isUp = false;
    this.disk.crash();
    for (const connection of this.connections) connection.cut();
  }

  /** Tells everybody to come back, and takes nothing more (X7). What it was writing it goes on to write. */
  stop(): void {
    for (const session of this.#sessions) session.restart(RESTART_MS);
  }

  #sideOf(connection: FakeConnection): Session | PlainClient {
    if (connection.protocol !== SUBPROTOCOL) {
      return new PlainClient(this.#chat, connection, { room: PLAIN_ROOM }, connection.id);
    }
    const session = new Session(this.#chat, connection);
    this.#sessions.add(session);
    return session;
  }
}
