import assert from "node:assert/strict";
import { type Message, makeSession } from "@natter/client";
import { FakeProfile, SOUND } from "./fake-storage.ts";
import { type Owner, Tab } from "./tab.ts";
import type { World } from "./world.ts";

/** Somebody with a browser: tabs that share a storage, open and gone. */
export class Person implements Owner {
  readonly name: string;
  readonly session: string | undefined;
  readonly hasLocks: boolean;
  readonly profile: FakeProfile;
  readonly tabs: Tab[] = [];
  readonly gone: Tab[] = [];
  /** Of tabs that are gone, what was in the storage then: it must get through all the same. */
  readonly left = new Set<string>();
  /** What was given up, said in a room that was left, or being taken back: it may be stored or not, and late. */
  readonly open = new Set<string>();
  /** Rooms that were left in any tab, and with them the read position. */
  readonly hasLeft = new Set<string>();
  readonly #world: World;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.session = world.random.chance(0.5) ? makeSession() : undefined;
    this.hasLocks = world.random.chance(0.5);
    this.profile = new FakeProfile(world);
  }

  /** What is in the storage and has not failed for good. */
  async unsettled() {
    return (await this.profile.records()).filter(({ failed }) => failed === undefined);
  }

  openTab(): void {
    this.#world.count("tabs opened");
    this.tabs.push(new Tab(this.#world, this));
  }

  /** Politely, or not at all. */
  async closeTab(tab: Tab): Promise<void> {
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    this.gone.push(tab);
    tab.device.wake(0);
    const isPolite = this.#world.random.chance(0.5);
    this.#world.count(isPolite ? "tabs closed" : "tabs killed");
    const pending = tab.said.filter((message) => message.isPending);
    // Whether it is out of the storage already when its tab is killed, nobody is told.
    for (const { id, isClaimed } of tab.said) if (isClaimed) this.open.add(id);
    if (isPolite) await this.#close(tab);
    tab.kill();
    const stored = new Set((await this.profile.records()).map(({ id }) => id));
    for (const { id } of tab.said) if (stored.has(id)) this.left.add(id);
    if (isPolite && this.profile.weather === SOUND) await this.#checkKept(pending, stored);
  }

  /** Waits for all that is under way, and closes every tab. */
  async end(): Promise<void> {
    for (const tab of this.tabs) await this.#close(tab);
  }

  async #close(tab: Tab): Promise<void> {
    let isClosed = false;
    void tab.chat.close().then(() => {
      isClosed = true;
    });
    await this.#world.pass(3_000);
    assert.ok(isClosed, "close() comes to an end");
    tab.checkClosed();
    tab.look();
  }

  /** Or stored already, by another tab. */
  async #checkKept(pending: readonly Message[], kept: ReadonlySet<string>): Promise<void> {
    for (const { id, room, text, isPending } of pending) {
      if (!isPending || kept.has(id) || this.#world.lost.has(id)) continue;
      const log = await this.#world.log(room);
      assert.ok(
        log.some((event) => event.id === id),
        `P6 ${text.slice(0, 8)} is kept when its tab is closed`,
      );
    }
  }
}
