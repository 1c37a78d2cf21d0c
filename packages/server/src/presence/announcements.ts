import { encodeServerFrame, limits, type Person } from "@natter/protocol";
import type { Channels, Clock, Timer } from "../ports.ts";
import { frameChannel } from "../rooms/channels.ts";

/**
 * Everybody who is there, or only how many, where they are more than a list should hold (T4). `partial`: whoever is on
 * other nodes cannot be seen at the moment, and may be missing or long gone (T7).
 */
export type People = { count: number; list?: Person[]; partial?: true };

/** What has changed among a room's people since the room was last told (T2). */
export class Announcements {
  readonly #room: string;
  readonly #channels: Channels;
  readonly #clock: Clock;
  readonly #people: () => People;
  readonly #joined = new Map<string, Person>();
  readonly #renamed = new Map<string, Person>();
  readonly #left = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #telling: Timer | undefined;
  /** The last frame said who is there, wholly. */
  #wasWhole = true;

  /** @param people everybody who is there now */
  constructor(room: string, of: { channels: Channels; clock: Clock }, people: () => People) {
    this.#room = room;
    this.#channels = of.channels;
    this.#clock = of.clock;
    this.#people = people;
  }

  joined(person: Person): void {
    // Gone and back since the room was told: on balance nothing, but for the name.
    if (this.#left.delete(person.id)) this.#renamed.set(person.id, person);
    else this.#joined.set(person.id, person);
    this.tellSoon();
  }

  renamed(person: Person): void {
    const list = this.#joined.has(person.id) ? this.#joined : this.#renamed;
    list.set(person.id, person);
    this.tellSoon();
  }

  left(personId: string): void {
    this.#renamed.delete(personId);
    if (!this.#joined.delete(personId)) this.#left.add(personId);
    this.tellSoon();
  }

  tellSoon(): void {
    if (this.#telling !== undefined) return;
    const waitMs = Math.max(0, this.#toldAt + limits.presenceIntervalMs - this.#clock.elapsed());
    this.#telling = this.#clock.after(waitMs, () => this.#tell());
  }

  /** What is due is told to nobody: by then the room may be open anew, and its people others. */
  close(): void {
    this.#telling?.cancel();
  }

  #tell(): void {
    this.#telling = undefined;
    this.#toldAt = this.#clock.elapsed();
    const frame = { type: "presence", room: this.#room, ...this.#changes() } as const;
    for (const changes of [this.#joined, this.#renamed, this.#left]) changes.clear();
    this.#channels.publish(frameChannel(this.#room), () => encodeServerFrame(frame));
  }

  #changes(): People & { joined?: Person[]; left?: string[] } {
    const people = this.#people();
    const wasWhole = this.#wasWhole;
    this.#wasWhole = people.list !== undefined && people.partial === undefined;
    if (!this.#wasWhole || !wasWhole) return people;
    const joined = [...this.#joined.values(), ...this.#renamed.values()];
    const left = [...this.#left];
    const changes = { ...(joined.length > 0 && { joined }), ...(left.length > 0 && { left }) };
    return { ...changes, count: people.count };
  }
}
