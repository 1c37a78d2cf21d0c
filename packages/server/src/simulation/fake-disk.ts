import type { Clock } from "../ports.ts";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { Random } from "./random.ts";

/**
 * How the disk behaves now: how often a write fails before or after it was carried out, and a read at all; and how
 * often there is so much to write already that no more is taken.
 */
export type Weather = { refuse: number; loseAnswer: number; failRead: number; busy: number };

export const FINE: Weather = { refuse: 0, loseAnswer: 0, failRead: 0, busy: 0 };

/**
 * A store whose every call takes a random time and may fail. Writes are carried out in the order of the calls. When
 * the server crashes, what was not carried out yet never is, and no answer comes.
 */
export class FakeDisk {
  readonly store: Store;
  weather: Weather = FINE;
  readonly #clock: Clock;
  readonly #random: Random;
  #isGone = false;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(store: Store, clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    const write = <T>(call: () => Promise<T>): Promise<T> => this.#write(call);
    const read = <T>(call: () => Promise<T>): Promise<T> => this.#read(call);
    this.store = {
      epoch: store.epoch,
      server: () => store.server(),
      append: (room, drafts) => write(() => store.append(room, drafts)),
      find: (room, sender, ids) => write(() => store.find(room, sender, ids)),
      joinRoom: (person, room, most) => write(() => store.joinRoom(person, room, most)),
      leaveRoom: (person, room) => write(() => store.leaveRoom(person, room)),
      markRead: (person, room, seq) => write(() => store.markRead(person, room, seq)),
      head: (room) => read(() => store.head(room)),
      heads: (rooms) => read(() => store.heads(rooms)),
      read: (room, range) => read(() => store.read(room, range)),
      rooms: (person, page) => read(() => store.rooms(person, page)),
      takeNumber: () => store.takeNumber(),
      changes: (mark) => read(() => store.changes(mark)),
      trim: (retention, now) => write(() => store.trim(retention, now)),
      probe: () => write(() => store.probe()),
      close: async () => {},
    };
  }

  isBusy(): boolean {
    return this.#random.chance(this.weather.busy);
  }

  /** The server is gone. */
  crash(): void {
    this.#isGone = true;
  }

  #write<T>(call: () => Promise<T>): Promise<T> {
    const mine = this.#lastWrite.then(async () => {
      await this.#time();
      if (this.#random.chance(this.weather.refuse)) throw unavailable();
      const result = await call();
      if (this.#random.chance(this.weather.loseAnswer)) throw unavailable();
      return result;
    });
    this.#lastWrite = mine.catch(() => {});
    return mine.finally(() => this.#time());
  }

  async #read<T>(call: () => Promise<T>): Promise<T> {
    await this.#time();
    if (this.#random.chance(this.weather.failRead)) throw unavailable();
    const result = await call();
    await this.#time();
    return result;
  }

  /** Never comes back for a server that is gone. */
  #time(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(this.#random.between(0, 8), () => {
        if (!this.#isGone) resolve();
      });
    });
  }
}

function unavailable(): StoreError {
  return new StoreError("unavailable", "The simulated disk failed.");
}
