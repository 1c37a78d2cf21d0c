// The one server, the network to it, and time. It can crash, stop politely, and come back with an older log.

import { SUBPROTOCOL } from "@natter/protocol";
import { FakeClock } from "../../../packages/server/src/simulation/fake-clock.ts";
import type { FakeConnection, Peer } from "../../../packages/server/src/simulation/fake-network.ts";
import { FakeServer } from "../../../packages/server/src/simulation/fake-server.ts";
import { checkLog, readAll, rollBack } from "../../../packages/server/src/simulation/log.ts";
import { Random } from "../../../packages/server/src/simulation/random.ts";
import { createMemoryStore, type MemoryStore } from "../../../packages/server/src/store/memory.ts";
import type { StoredEvent } from "../../../packages/server/src/store/store.ts";

export const ROOMS: readonly string[] = ["lobby", "team", "ops"];

export class World {
  readonly clock = new FakeClock();
  readonly random: Random;
  readonly counts: Record<string, number> = {};
  store: MemoryStore = createMemoryStore({ epoch: "e0" });
  /** How often a connection cannot be made at all. */
  unreachable = 0;
  /** Ids of what was stored, and is gone with a disk: nobody's to bring back. */
  readonly lost = new Set<string>();
  /** Called with each room's log before it is rolled back. */
  onRollBack: (room: string, log: readonly StoredEvent[]) => void = () => {};
  readonly #messagesPerSecond: number;
  #server: FakeServer | undefined;
  #rollBacks = 0;

  constructor(seed: number, messagesPerSecond: number) {
    this.random = new Random(seed);
    this.#messagesPerSecond = messagesPerSecond;
    this.start();
    this.clock.onTurnEnd = () => {
      for (const connection of this.#server?.connections ?? []) connection.checkWaiting();
    };
  }

  get server(): FakeServer | undefined {
    return this.#server;
  }

  /** It happened, once more. */
  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times;
  }

  start(): void {
    this.#server = new FakeServer(this.store, this.clock, this.random, {
      messagesPerSecond: this.#messagesPerSecond,
    });
  }

  /** What the dead process had asked of the disk is over before the next one starts. */
  async crash(): Promise<void> {
    this.#server?.crash();
    this.#server = undefined;
    await this.pass(100);
  }

  /** The data is that of an earlier moment: with a new epoch, as after a restore, or with the old, as after a copy. */
  async rollBack(): Promise<void> {
    for (const room of ROOMS) {
      const log = await this.log(room);
      checkLog(room, log);
      this.onRollBack(room, log);
    }
    const epoch = this.random.chance(0.5) ? this.store.epoch : `e${++this.#rollBacks}`;
    const { earlier, lost } = await rollBack(this.store, ROOMS, this.random, { epoch });
    for (const id of lost) this.lost.add(id);
    this.store = earlier;
  }

  /** Undefined where nobody listens. */
  connect(peer: Peer): FakeConnection | undefined {
    return this.random.chance(this.unreachable) ? undefined : this.#server?.connect(SUBPROTOCOL, peer);
  }

  /** Lets so much time pass, after all that is already on its way by promises. */
  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms);
  }

  async log(room: string): Promise<StoredEvent[]> {
    return await readAll(this.store, room);
  }
}
