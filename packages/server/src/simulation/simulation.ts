/**
 * The server's own logic (sessions, rooms, presence, plain clients) over a network, a disk and a clock that are
 * made up, and in which everything goes wrong that can: random.ts decides, from a seed.
 *
 *   fake-clock.ts, fake-network.ts, fake-disk.ts   the world
 *   fake-server.ts, log.ts                         the server in it, and what it has stored
 *   model-client.ts                                a client that fails when a promise is broken
 *   simulation.ts                                  one run: what happens, and what must hold at the end
 *   seeds.ts                                       many runs
 *
 * test/client has the client's own logic against the same server.
 */

import assert from "node:assert/strict";
import { limits, SUBPROTOCOL } from "@natter/protocol";
import { LEASE_MS } from "../bus/bus.ts";
import { createMemoryStore, type MemoryStore } from "../store/memory.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import { FakeBuses } from "./fake-buses.ts";
import { FakeClock } from "./fake-clock.ts";
import { FINE } from "./fake-disk.ts";
import { type FakeConnection, MAX_WAITING_BYTES } from "./fake-network.ts";
import { FakeServer, PLAIN_ROOM } from "./fake-server.ts";
import { checkLog, readAll, rollBack } from "./log.ts";
import { ModelClient } from "./model-client.ts";
import { Random } from "./random.ts";

const ROOMS = ["lobby", "team"];
const CLIENTS = 4;
/** How long things go wrong, in simulated ms, in steps of at most so many. */
const STEPS = 120;
const MAX_STEP_MS = 60;
/** On top of the bound may come one turn's frames or one read of the log: a hundred events of some 300 bytes. */
const TURN_BYTES = 40_000;

/** What happened, for whoever wants to know that enough did. */
export type Report = { events: number; crashes: number; slow: number; rollbacks: number; resets: number };

export type Options = {
  /**
   * The data may be that of an earlier moment when the server starts again; with several nodes, while they run, as after a
   * failover.
   */
  readonly rollback?: boolean;
  /** Nodes that share the log, and hear each other badly. Default: 1. */
  readonly nodes?: number;
};

/** @throws an assertion when a promise was broken */
export async function simulate(seed: number, options: Options = {}): Promise<Report> {
  const run = new Run(seed, options);
  return await run.run();
}

class Run {
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #mayRollBack: boolean;
  readonly #mayFailOver: boolean;
  readonly #clients: ModelClient[];
  readonly #wires = new Map<ModelClient, FakeConnection>();
  readonly #plain: FakeConnection[] = [];
  readonly #report: Report = { events: 0, crashes: 0, slow: 0, rollbacks: 0, resets: 0 };
  #store: MemoryStore;
  /** Whichever that is by then. */
  readonly #shared = new Proxy({} as Store, { get: (_, name) => this.#store[name as keyof Store] });
  readonly #network: FakeBuses;
  readonly #nodes: FakeServer[];
  #sent = 0;
  /** The most that ever waited for one client at the end of a turn. */
  #peakBytes = 0;

  constructor(seed: number, { rollback = false, nodes = 1 }: Options) {
    this.#random = new Random(seed);
    this.#mayRollBack = rollback && nodes === 1;
    this.#mayFailOver = rollback && nodes > 1;
    this.#clients = Array.from({ length: CLIENTS }, (_, index) => new ModelClient(`c${index}`, ROOMS));
    this.#store = createMemoryStore({ epoch: "e0", isShared: nodes > 1 });
    this.#network = new FakeBuses(this.#clock, this.#random);
    this.#nodes = Array.from({ length: nodes }, () => this.#startNode());
    this.#clock.onTurnEnd = () => {
      for (const node of this.#nodes) for (const connection of node.connections) this.#look(connection);
    };
  }

  #startNode(): FakeServer {
    const store = this.#mayFailOver ? this.#shared : this.#store;
    return new FakeServer(store, this.#clock, this.#random, { bus: this.#network.join() });
  }

  #look(connection: FakeConnection): void {
    this.#peakBytes = Math.max(this.#peakBytes, connection.waitingBytes);
    if (connection.waitingBytes > MAX_WAITING_BYTES) this.#report.slow++;
    connection.checkWaiting();
  }

  async run(): Promise<Report> {
    for (let step = 0; step < STEPS; step++) {
      await this.#somethingHappens();
      await this.#clock.pass(this.#random.between(0, MAX_STEP_MS));
    }
    await this.#heal();
    await this.#check();
    return this.#report;
  }

  async #somethingHappens(): Promise<void> {
    const random = this.#random;
    const client = random.pick(this.#clients);
    const wire = this.#wires.get(client);
    switch (random.between(0, 15)) {
      case 0:
        wire?.cut();
        break;
      case 1:
        wire?.goHalfOpen();
        break;
      case 2:
      case 3:
      case 4:
        this.#connect(client);
        break;
      case 5:
        if (wire) wire.isStalled = true;
        break;
      case 6:
        wire?.unstall();
        break;
      case 7:
        this.#someNode().disk.weather = {
          refuse: random.pick([0, 0, 0.5]),
          loseAnswer: random.pick([0, 0, 0.5]),
          failRead: random.pick([0, 0, 0.3]),
          busy: random.pick([0, 0, 0.3]),
        };
        break;
      case 8:
        if (this.#mayFailOver && random.chance(0.3)) await this.#failOver();
        else if (random.chance(0.3)) await this.#crash();
        break;
      case 9:
        if (wire?.isOpen) client.join(random.pick(ROOMS));
        break;
      case 10:
        this.#plainClient();
        break;
      case 11:
        this.#clock.wallOffsetMs += random.pick([-3_600_000, 3_600_000]);
        break;
      case 12:
        client.retry();
        break;
      case 13:
        if (this.#nodes.length > 1) this.#network.disturb(this.#someNode().bus.node);
        else this.#saySome(client);
        break;
      default:
        this.#saySome(client);
    }
  }

  #saySome(client: ModelClient): void {
    for (let count = this.#random.between(1, 6); count > 0; count--) this.#say(client);
  }

  /** A schedule of one node takes no number for it. */
  #someNode(): FakeServer {
    return this.#nodes.length === 1 ? this.#nodes[0]! : this.#random.pick(this.#nodes);
  }

  #say(client: ModelClient): void {
    const text = "x".repeat(this.#random.between(1, 80));
    client.say(this.#random.pick(ROOMS), `m${++this.#sent}`, text);
  }

  #connect(client: ModelClient): void {
    if (client.isConnected) return;
    const connection = this.#someNode().connect(SUBPROTOCOL, {
      receive: (text) => {
        if (this.#wires.get(client) === connection) client.receive(text);
      },
      closed: () => {
        if (this.#wires.get(client) === connection) client.disconnected();
      },
    });
    this.#wires.set(client, connection);
    client.connected({ send: (text) => connection.fromClient(text) });
  }

  /** Comes, says a line and goes; or hangs about and says more. */
  #plainClient(): void {
    const old = this.#plain.length > 3 ? this.#plain.shift() : undefined;
    old?.cut();
    const connection = this.#someNode().connect("", { receive: () => {}, closed: () => {} });
    this.#plain.push(connection);
    connection.fromClient(`plain ${++this.#sent}`);
    for (const each of this.#plain) if (this.#random.chance(0.3)) each.fromClient(`plain ${++this.#sent}`);
  }

  async #crash(): Promise<void> {
    this.#report.crashes++;
    const node = this.#someNode();
    node.crash();
    // What the dead process had asked of the disk is over before the next one starts.
    await this.#clock.pass(100);
    if (this.#mayRollBack && this.#random.chance(0.5)) {
      await this.#rollBack(this.#random.chance(0.5) ? this.#store.epoch : `e${this.#report.rollbacks + 1}`);
    }
    this.#nodes[this.#nodes.indexOf(node)] = this.#startNode();
  }

  /** The database dies, and once nothing that it said is under way any more, a standby takes over that lacks what came last. */
  async #failOver(): Promise<void> {
    for (const { disk } of this.#nodes) disk.weather = { ...FINE, refuse: 1, failRead: 1 };
    await this.#clock.pass(500);
    await this.#rollBack(this.#store.epoch);
    for (const { disk } of this.#nodes) disk.weather = FINE;
  }

  /** The data is that of an earlier moment: with a new epoch, as after a restore, or with the old, as after a copy. */
  async #rollBack(epoch: string): Promise<void> {
    this.#report.rollbacks++;
    const { earlier, lost } = await rollBack(this.#store, ROOMS, this.#random, {
      epoch,
      isShared: this.#mayFailOver,
    });
    // What was acknowledged and is gone with the disk is nobody's to bring back.
    for (const id of lost) this.#lost.add(id);
    this.#store = earlier;
  }

  readonly #lost = new Set<string>();

  /** Everything works again, and there is time enough. */
  async #heal(): Promise<void> {
    for (const { disk } of this.#nodes) disk.weather = FINE;
    this.#network.heal();
    for (let round = 0; round < 60; round++) {
      for (const client of this.#clients) {
        this.#wires.get(client)?.unstall();
        this.#connect(client);
        client.retry();
      }
      await this.#clock.pass(1_000);
      if (round > 5 && this.#clients.every((client) => client.isSettled)) break;
    }
    await this.#clock.pass(5_000);
    if (this.#nodes.length > 1) await this.#clock.pass(LEASE_MS + limits.leaveGraceMs);
  }

  async #check(): Promise<void> {
    assert.ok(
      this.#peakBytes < MAX_WAITING_BYTES + TURN_BYTES,
      `P7 ${this.#peakBytes} bytes waited for a slow reader`,
    );
    for (const room of ROOMS) {
      const log = await readAll(this.#store, room);
      this.#report.events += log.length;
      checkLog(room, log);
      if (this.#nodes.length > 1) await this.#checkPeople(room);
      for (const client of this.#clients) this.#checkClient(client, room, log);
    }
  }

  async #checkPeople(room: string): Promise<void> {
    const plain = room === PLAIN_ROOM ? this.#plain.filter(({ isOpen }) => isOpen).length : 0;
    const expected = this.#clients.map(({ person }) => person).sort();
    for (const node of this.#nodes) {
      const asking = node.peopleIn(room);
      await this.#clock.pass(1_000);
      const { list = [], partial } = await asking;
      const there = list.filter((person) => !person.plain).map(({ id }) => id);
      assert.deepEqual(there.sort(), expected, `${room}: every node knows who is on any`);
      assert.equal(list.length - there.length, plain, `${room}: plain clients as well`);
      assert.equal(partial, undefined);
    }
  }

  #checkClient(client: ModelClient, room: string, log: readonly StoredEvent[]): void {
    const inLog = log.filter(({ from }) => from.id === client.person).map(({ id }) => id);
    const queued = client.queue.filter((each) => each.room === room);
    const expected = queued.map(({ id }) => id).filter((id) => !this.#lost.has(id));
    assert.ok(client.isSettled, `P6 ${client.name} knows of all it sent what became of it`);
    const kept = inLog.filter((id) => !this.#lost.has(id));
    assert.deepEqual(kept, expected, `P4 P6 ${room}: what ${client.name} sent is there once, in its order`);

    const held = client.held(room);
    assert.ok(held, `${client.name} was in ${room}`);
    this.#report.resets += held.resets;
    assert.equal(held.position, log.length, `P5 ${client.name} has all of ${room}`);
    for (const event of held.events) {
      const { room: _, ...stored } = log[event.seq - 1]!;
      assert.deepEqual(event, { type: "event", room, ...stored }, `P2 ${client.name} has what everybody has`);
    }
  }
}
