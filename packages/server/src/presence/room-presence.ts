import { encodeServerFrame, limits, type Person } from "@natter/protocol";
import type { Channels, Clock } from "../ports.ts";
import { frameChannel } from "../rooms/channels.ts";

/** Everybody who is there, or only how many, where they are more than a list should hold (T4). */
export type People = { count: number; list?: Person[] };

type Presence = { person: Person; readonly connections: Set<number> };

/** The people of one room, and what has changed among them since the room was last told (T2). */
export class RoomPresence {
  readonly #room: string;
  readonly #channels: Channels;
  readonly #clock: Clock;
  readonly #present = new Map<string, Presence>();
  readonly #joined = new Map<string, Person>();
  readonly #left = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #isTelling = false;
  #wasListed = true;

  constructor(room: string, channels: Channels, clock: Clock) {
    this.#room = room;
    this.#channels = channels;
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#present.size === 0;
  }

  /** @returns whether the person was not there before */
  enter(person: Person, connection: number): boolean {
    const there = this.#present.get(person.id);
    if (there !== undefined) {
      there.connections.add(connection);
      this.rename(person);
      return false;
    }
    this.#present.set(person.id, { person, connections: new Set([connection]) });
    // Gone and back since the room was told: on balance nothing, but for the name.
    this.#left.delete(person.id);
    this.#joined.set(person.id, person);
    this.#tellSoon();
    return true;
  }

  /** @returns whether it was the person's last connection here; they stay until `remove` */
  exit(personId: string, connection: number): boolean {
    const there = this.#present.get(personId);
    return there?.connections.delete(connection) === true && there.connections.size === 0;
  }

  remove(personId: string): Person | undefined {
    const there = this.#present.get(personId);
    if (there === undefined || there.connections.size > 0) return undefined;
    this.#present.delete(personId);
    if (!this.#joined.delete(personId)) this.#left.add(personId);
    this.#tellSoon();
    return there.person;
  }

  rename(person: Person): void {
    const there = this.#present.get(person.id);
    if (there === undefined || there.person.name === person.name) return;
    there.person = person;
    this.#joined.set(person.id, person);
    this.#tellSoon();
  }

  people(): People {
    const count = this.#present.size;
    if (count > limits.maxPeopleListed) return { count };
    return { count, list: Array.from(this.#present.values(), ({ person }) => person) };
  }

  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const waitMs = Math.max(0, this.#toldAt + limits.presenceIntervalMs - this.#clock.elapsed());
    this.#clock.after(waitMs, () => this.#tell());
  }

  #tell(): void {
    this.#isTelling = false;
    this.#toldAt = this.#clock.elapsed();
    const frame = { type: "presence", room: this.#room, ...this.#changes() } as const;
    this.#joined.clear();
    this.#left.clear();
    this.#channels.publish(frameChannel(this.#room), () => encodeServerFrame(frame));
  }

  #changes(): { count: number; list?: Person[]; joined?: Person[]; left?: string[] } {
    const people = this.people();
    const wasListed = this.#wasListed;
    this.#wasListed = people.list !== undefined;
    if (!this.#wasListed || !wasListed) return people;
    const joined = this.#joined.size > 0 ? { joined: [...this.#joined.values()] } : {};
    const left = this.#left.size > 0 ? { left: [...this.#left] } : {};
    return { ...joined, ...left, count: people.count };
  }
}
