// The client's own logic against the server's own logic, over a network, disks, storages and a clock in which everything
// goes wrong that can, as a seed says. tab.ts fails at once; what must hold at the end is checked here.

import assert from "node:assert/strict";
import { type Message, makeSession } from "@natter/client";
import { FINE } from "../../../packages/server/src/simulation/fake-disk.ts";
import { createMemoryStore } from "../../../packages/server/src/store/memory.ts";
import type { StoredEvent } from "../../../packages/server/src/store/store.ts";
import { FakeProfile } from "./fake-storage.ts";
import { Tab } from "./tab.ts";
import { World } from "./world.ts";

const ROOMS = ["lobby", "team"];
const PEOPLE = 2;
const MAX_TABS = 3;
const STEPS = 100;
const MAX_STEP_MS = 80;

/** What happened, for whoever wants to know that enough did. */
export type Report = {
  events: number;
  crashes: number;
  rollbacks: number;
  resets: number;
  tabsKilled: number;
  /** Messages that were stored though the tab in which they were written was gone. */
  adopted: number;
  takenBack: number;
};

export const NOTHING: Report = {
  events: 0,
  crashes: 0,
  rollbacks: 0,
  resets: 0,
  tabsKilled: 0,
  adopted: 0,
  takenBack: 0,
};

class Somebody {
  readonly name: string;
  readonly session = makeSession();
  readonly profile: FakeProfile;
  readonly hasLocks: boolean;
  readonly tabs: Tab[] = [];
  readonly gone: Tab[] = [];
  /** Of tabs that are gone, what was in the storage then: it must get through all the same. */
  readonly left = new Set<string>();

  constructor(world: World, name: string) {
    this.name = name;
    this.profile = new FakeProfile(world);
    this.hasLocks = world.random.chance(0.5);
  }
}

/** @throws an assertion when a promise was broken */
export async function simulate(seed: number, options: { rollback?: boolean } = {}): Promise<Report> {
  return await new Run(seed, options.rollback === true).run();
}

class Run {
  readonly #world: World;
  readonly #mayRollBack: boolean;
  readonly #people: Somebody[];
  readonly #report: Report = { ...NOTHING };
  readonly #lost = new Set<string>();
  readonly #givenUp = new Set<string>();
  #said = 0;

  constructor(seed: number, mayRollBack: boolean) {
    this.#world = new World(seed, seed % 3 === 0 ? 20 : 0);
    this.#mayRollBack = mayRollBack;
    this.#people = Array.from({ length: PEOPLE }, (_, index) => new Somebody(this.#world, `p${index}`));
  }

  async run(): Promise<Report> {
    for (const somebody of this.#people) this.#openTab(somebody);
    for (let step = 0; step < STEPS; step++) {
      await this.#somethingHappens();
      await this.#world.pass(this.#world.random.between(0, MAX_STEP_MS));
      this.#failOnComplaints();
    }
    await this.#heal();
    await this.#check();
    for (const { tabs } of this.#people) for (const tab of tabs) void tab.chat.close();
    return this.#report;
  }

  async #somethingHappens(): Promise<void> {
    const { random, clock } = this.#world;
    const somebody = random.pick(this.#people);
    const tab = somebody.tabs.length > 0 ? random.pick(somebody.tabs) : undefined;
    switch (random.between(0, 19)) {
      case 0:
        tab?.sockets.connection?.cut(random.pick([1006, 1001, 1011, 1012, 1013]));
        break;
      case 1:
        tab?.sockets.connection?.goHalfOpen();
        break;
      case 2:
        if (tab?.sockets.connection) tab.sockets.connection.isStalled = true;
        break;
      case 3:
        tab?.sockets.connection?.unstall();
        break;
      case 4:
        this.#changeWeather();
        break;
      case 5:
        somebody.profile.weather = {
          refuse: random.pick([0, 0, 0.5, 1]),
          loseAnswer: random.pick([0, 0, 0.5]),
        };
        break;
      case 6:
        if (random.chance(0.4)) await this.#crash();
        break;
      case 7:
      case 8:
        if (somebody.tabs.length < MAX_TABS) this.#openTab(somebody);
        break;
      case 9:
        if (tab && random.chance(0.6)) await this.#closeTab(somebody, tab);
        break;
      case 10:
        if (tab) tab.isOnline = random.chance(0.7);
        tab?.happen(random.pick(["online", "offline", "visible"]));
        break;
      case 11:
        clock.wallOffsetMs += random.pick([-3_600_000, 3_600_000]);
        break;
      case 12:
        if (tab) this.#takeBack(tab);
        break;
      case 13:
        if (tab && random.chance(0.2)) this.#giveUp(tab);
        break;
      case 14:
        tab?.rooms.get(random.pick(ROOMS))?.room.markRead();
        break;
      default:
        for (let count = random.between(1, 6); tab && count > 0; count--) {
          tab.say(random.pick(ROOMS), `${++this.#said} ${"x".repeat(random.between(1, 80))}`);
        }
    }
  }

  #changeWeather(): void {
    const { random, disk } = this.#world;
    this.#world.unreachable = random.pick([0, 0, 0.7]);
    if (disk === undefined) return;
    disk.weather = {
      refuse: random.pick([0, 0, 0.5]),
      loseAnswer: random.pick([0, 0, 0.5]),
      failRead: random.pick([0, 0, 0.3]),
      busy: random.pick([0, 0, 0.3]),
    };
  }

  #openTab(somebody: Somebody): Tab {
    const tab = new Tab(this.#world, somebody.profile, somebody);
    for (const room of ROOMS) tab.open(room, this.#world.random.pick(["start", "end"]));
    somebody.tabs.push(tab);
    return tab;
  }

  /** Politely, or not at all. */
  async #closeTab(somebody: Somebody, tab: Tab): Promise<void> {
    this.#report.tabsKilled++;
    somebody.tabs.splice(somebody.tabs.indexOf(tab), 1);
    somebody.gone.push(tab);
    if (this.#world.random.chance(0.5)) {
      let isClosed = false;
      void tab.chat.close().then(() => {
        isClosed = true;
      });
      await this.#world.pass(3_000);
      assert.ok(isClosed, "close() comes to an end");
    }
    tab.kill();
    const stored = new Set((await somebody.profile.records()).map(({ id }) => id));
    for (const { id } of tab.said) if (stored.has(id)) somebody.left.add(id);
  }

  #takeBack(tab: Tab): void {
    const waiting = tab.said.filter(({ state }) => state.kind === "waiting");
    if (waiting.length === 0) return;
    const message = this.#world.random.pick(waiting);
    message.takeBack().catch((error) => {
      if (error.code === "storage_failed") this.#givenUp.add(message.id);
    });
  }

  #giveUp(tab: Tab): void {
    const pending = tab.said.filter(({ isPending }) => isPending);
    const message = pending.length > 0 ? this.#world.random.pick(pending) : undefined;
    if (message === undefined) return;
    message.giveUp();
    this.#givenUp.add(message.id);
    if (this.#world.random.chance(0.5) && message.state.kind === "failed") message.sendAgain();
  }

  async #crash(): Promise<void> {
    this.#report.crashes++;
    this.#world.crash();
    // What the dead process had asked of the disk is over before the next one starts.
    await this.#world.pass(100);
    if (this.#mayRollBack && this.#world.random.chance(0.5)) await this.#rollBack();
    this.#world.start();
  }

  /** The data is that of an earlier moment: with a new epoch, as after a restore, or with the old, as after a copy. */
  async #rollBack(): Promise<void> {
    this.#report.rollbacks++;
    const { random, store } = this.#world;
    const earlier = createMemoryStore({
      epoch: random.chance(0.5) ? store.epoch : `e${this.#report.rollbacks}`,
    });
    for (const room of ROOMS) {
      const log = await this.#world.log(room);
      const kept = log.slice(0, random.between(0, log.length));
      for (const event of kept) await earlier.append(room, [event]);
      // What was acknowledged and is gone with the disk is nobody's to bring back.
      for (const { id } of log.slice(kept.length)) this.#lost.add(id);
    }
    this.#world.store = earlier;
  }

  /** Everything works again, everybody has a tab open, and there is time enough. */
  async #heal(): Promise<void> {
    this.#world.unreachable = 0;
    if (this.#world.disk) this.#world.disk.weather = FINE;
    for (const somebody of this.#people) {
      somebody.profile.weather = { refuse: 0, loseAnswer: 0 };
      if (somebody.tabs.length === 0) this.#openTab(somebody);
      for (const tab of somebody.tabs) tab.isOnline = true;
    }
    const tabs = this.#people.flatMap((somebody) => somebody.tabs);
    for (let round = 0; round < 50; round++) {
      for (const tab of tabs) {
        tab.sockets.connection?.unstall();
        if (round % 10 === 0) tab.happen("online");
      }
      await this.#world.pass(3_000);
      // Long enough for two looks at what other tabs left, and more.
      if (round >= 12 && tabs.every((tab) => tab.isSettled)) break;
    }
    await this.#world.pass(2_000);
    this.#failOnComplaints();
  }

  #failOnComplaints(): void {
    for (const { tabs, gone } of this.#people) {
      for (const { complaints } of [...tabs, ...gone]) {
        if (complaints.length > 0) throw complaints[0];
      }
    }
  }

  async #check(): Promise<void> {
    for (const name of ROOMS) {
      const log = await this.#world.log(name);
      this.#report.events += log.length;
      checkLog(name, log);
      for (const somebody of this.#people) {
        for (const tab of somebody.tabs) this.#checkKnown(somebody, tab, name, log);
        for (const tab of [...somebody.tabs, ...somebody.gone]) this.#checkSaid(somebody, tab, name, log);
      }
    }
    for (const { profile, name } of this.#people) {
      const left = (await profile.records()).filter(({ failed }) => failed === undefined);
      assert.deepEqual(left, [], `P6 nothing of ${name} is left in the storage`);
    }
  }

  #checkKnown({ name }: Somebody, tab: Tab, room: string, log: readonly StoredEvent[]): void {
    const known = tab.rooms.get(room)!;
    this.#report.resets += known.resets;
    assert.equal(known.room.state.kind, "joined", `${name} is in ${room}`);
    assert.equal(known.room.position?.seq, log.length, `P5 ${name} has all of ${room}`);
    if (known.next !== undefined) assert.equal(known.next, log.length + 1);
    for (const event of known.events) {
      const { room: _, ...stored } = log[event.seq - 1]!;
      assert.deepEqual(event, { type: "event", room, ...stored }, `P2 ${name} has what everybody has`);
    }
  }

  #checkSaid(somebody: Somebody, tab: Tab, room: string, log: readonly StoredEvent[]): void {
    const said = tab.said.filter((message) => message.room === room);
    const bySeq = new Map(log.map(({ id, seq }) => [id, seq]));
    const isAlive = somebody.tabs.includes(tab);
    let before = 0;
    for (const message of said) {
      const { id, state } = message;
      const seq = bySeq.get(id);
      const what = `${somebody.name}'s ${message.text.slice(0, 8)} (${describe(message)})`;
      if (state.kind === "taken back") {
        this.#report.takenBack++;
        assert.equal(seq, undefined, `P6 ${what} was taken back and never comes`);
        continue;
      }
      if (this.#lost.has(id) || this.#givenUp.has(id)) continue;
      if (isAlive) assert.equal(state.kind, "durable", `P6 ${what} is known to be stored`);
      if (isAlive || somebody.left.has(id) || state.kind === "durable") {
        assert.ok(seq !== undefined, `P6 ${what} is in the log`);
      }
      if (seq === undefined) continue;
      if (!isAlive && state.kind !== "durable") this.#report.adopted++;
      assert.ok(seq > before, `P4 ${what} stands behind what was said before it`);
      before = seq;
    }
  }
}

function describe({ state }: Message): string {
  return state.kind === "failed" ? `failed: ${state.error.code}` : state.kind;
}

function checkLog(room: string, log: readonly StoredEvent[]): void {
  for (const [index, { seq }] of log.entries()) assert.equal(seq, index + 1, `P2 ${room} is dense from 1`);
  const names = log.map(({ from, id }) => `${from.id} ${id}`);
  assert.equal(new Set(names).size, names.length, `P3 ${room}: one (sender, id) is one event`);
}
