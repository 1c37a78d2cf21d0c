import { type Locks, type MessageRecord, memoryStorage, type OutboxStorage } from "@natter/client";
import type { FakeDevice } from "./fake-device.ts";
import type { World } from "./world.ts";

/** How often a call fails before or after it was carried out. */
export type StorageWeather = { refuse: number; loseAnswer: number };

export const SOUND: StorageWeather = { refuse: 0, loseAnswer: 0 };

/** One that several clients share: each call is carried out as one. */
function sharedStorage(): OutboxStorage {
  const messages = new Map<string, MessageRecord>();
  const { session, close } = memoryStorage();
  return {
    isShared: true,
    session,
    put: async (record) => void messages.set(record.id, record),
    remove: async (id) => void messages.delete(id),
    withdraw: async (id) => messages.get(id)?.isAdopted === false && messages.delete(id),
    records: async () => [...messages.values()],
    adopt: async (owner) => {
      const adopted = [...messages.values()].filter((record) => record.owner === owner);
      for (const record of adopted) messages.set(record.id, { ...record, isAdopted: true });
      return adopted;
    },
    close,
  };
}

/** What one person's tabs share: storage whose every call takes time and may fail, and locks where there are some. */
export class FakeProfile {
  readonly #world: World;
  readonly #storage = sharedStorage();
  readonly #locks = new Map<string, { holder: FakeDevice | undefined; waiting: (() => void)[] }>();
  weather: StorageWeather = SOUND;

  constructor(world: World) {
    this.#world = world;
  }

  /** What is stored now, as if nothing could fail. */
  records(): Promise<MessageRecord[]> {
    return this.#storage.records();
  }

  storageFor(device: FakeDevice): OutboxStorage {
    let last: Promise<unknown> = Promise.resolve();
    const call = <T>(run: () => Promise<T>): Promise<T> => {
      const mine = last.then(async () => {
        await this.#time(device);
        this.#mayFail("before", this.weather.refuse);
        const result = await run();
        this.#mayFail("after", this.weather.loseAnswer);
        return result;
      });
      last = mine.catch(() => {});
      return mine.finally(() => this.#time(device));
    };
    const storage = this.#storage;
    return {
      isShared: true,
      // Never fails here: a session that could not be kept is another person, which it would be right to be.
      session: (made) => this.#time(device).then(() => storage.session(made)),
      put: (record) => call(() => storage.put(record)),
      remove: (id) => call(() => storage.remove(id)),
      withdraw: (id) => call(() => storage.withdraw(id)),
      records: () => call(() => storage.records()),
      adopt: (owner) => call(() => storage.adopt(owner)),
      close: () => {},
    };
  }

  locksFor(device: FakeDevice): Locks {
    return {
      request: async (name, { signal }, run) => {
        const lock = this.#locks.get(name) ?? { holder: undefined, waiting: [] };
        this.#locks.set(name, lock);
        while (lock.holder !== undefined) {
          await new Promise<void>((resolve) => {
            lock.waiting.push(resolve);
            signal?.addEventListener("abort", () => resolve());
          });
          if (device.isDead) await new Promise(() => {});
          signal?.throwIfAborted();
        }
        lock.holder = device;
        try {
          return await run({});
        } finally {
          if (lock.holder === device) this.#free(lock);
        }
      },
    };
  }

  /** A tab is gone, and its locks with it. */
  freeLocksOf(device: FakeDevice): void {
    for (const lock of this.#locks.values()) if (lock.holder === device) this.#free(lock);
  }

  #mayFail(when: string, chance: number): void {
    if (!this.#world.random.chance(chance)) return;
    this.#world.count(`storage failed ${when} it was done`);
    throw new Error("the simulated storage failed");
  }

  #free(lock: { holder: FakeDevice | undefined; waiting: (() => void)[] }): void {
    lock.holder = undefined;
    for (const wake of lock.waiting.splice(0)) wake();
  }

  /** Never comes back for a tab that is gone. */
  #time(device: FakeDevice): Promise<void> {
    return new Promise((resolve) => {
      this.#world.clock.after(this.#world.random.between(0, 8), () => device.run(resolve));
    });
  }
}
