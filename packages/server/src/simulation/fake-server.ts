import { SUBPROTOCOL } from "@natter/protocol";
import { MessageRate } from "../access/message-rate.ts";
import { PageTurns } from "../access/page-turns.ts";
import { type Bus, LEASE_MS } from "../bus/bus.ts";
import { createMemoryBus } from "../bus/memory.ts";
import type { Chat } from "../chat.ts";
import { PlainClient } from "../plain/plain-client.ts";
import type { People as PeopleThere } from "../presence/announcements.ts";
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
export const PLAIN_ROOM = "lobby";
/** After how many simulated ms to come back, as a server says that stops. */
const RESTART_MS = 50;

export type FakeServerOptions = {
  /** Default: 0, no limit. */
  readonly messagesPerSecond?: number;
  /** Default: it is alone. */
  readonly bus?: Bus;
};

let lastId = 0;

/** One life of the server, its own logic, and the connections to it. It can crash. */
export class FakeServer {
  readonly connections = new Set<FakeConnection>();
  readonly disk: FakeDisk;
  readonly bus: Bus;
  readonly #chat: Chat;
  readonly #sessions = new Set<Session>();
  readonly #world: { clock: FakeClock; random: Random; channels: FakeChannels };
  #isUp = true;

  constructor(
    store: Store,
    clock: FakeClock,
    random: Random,
    { messagesPerSecond = 0, bus = createMemoryBus() }: FakeServerOptions = {},
  ) {
    this.bus = bus;
    this.disk = new FakeDisk(store, clock, random);
    const channels = new FakeChannels(random);
    const backlog = new Backlog(clock);
    const presence = new Presence({ bus, channels, clock, print: () => {} });
    this.#world = { clock, random, channels };
    this.#chat = {
      store: this.disk.store,
      channels,
      clock,
      rooms: new Rooms({ store: this.disk.store, bus, presence, channels, clock, backlog }),
      people: new People(bus),
      rate: new MessageRate(messagesPerSecond),
      pages: new PageTurns(),
      refusal: (room) =>
        this.disk.isBusy() ? { code: "busy", retryAfterMs: 1_000 } : backlog.refusalIn(room),
      report: (error) => {
        throw error;
      },
    };
  }

  get openRooms(): number {
    return this.#chat.rooms.size;
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

  /** Who is in a room, as this node tells its clients. */
  async peopleIn(room: string): Promise<PeopleThere> {
    const lease = await this.#chat.rooms.lease(room);
    const people = lease.room.presence.people();
    lease.release();
    return people;
  }

  /** Nothing of it runs any more; the other nodes find out in a while. */
  crash(): void {
    this.#isUp = false;
    this.#chat.clock.after(LEASE_MS, () => void this.bus.close());
    this.disk.crash();
    for (const connection of this.connections) connection.cut();
  }

  /** Tells everybody to come back, and takes nothing more (X7). What it was writing it goes on to write. */
  stop(): void {
    for (const session of this.#sessions) session.restart(RESTART_MS);
  }

  #sideOf(connection: FakeConnection): Session | PlainClient {
    if (connection.protocol !== SUBPROTOCOL) {
      return new PlainClient(this.#chat, connection, { room: PLAIN_ROOM });
    }
    const session = new Session(this.#chat, connection);
    this.#sessions.add(session);
    return session;
  }
}
