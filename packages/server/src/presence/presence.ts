import { limits, type Person } from "@natter/protocol";
import { arrived, left } from "../plain/sentences.ts";
import type { Channels, Clock, Connection, Timer } from "../ports.ts";
import { sentenceChannel } from "../rooms/channels.ts";
import { type People, RoomPresence } from "./room-presence.ts";

/**
 * Who is in which room. Nothing of it is stored, and none of it is an event.
 *
 * A person is there once, however many connections they have, and for a while after the last one is lost: a
 * reload is no leaving. Plain clients are told in their sentences, and those of natter.v1 in `presence` frames.
 */
export class Presence {
  readonly #channels: Channels;
  readonly #clock: Clock;
  readonly #print: (line: string) => void;
  readonly #rooms = new Map<string, RoomPresence>();
  readonly #leaving = new Map<string, Timer>();

  constructor(of: { channels: Channels; clock: Clock; print: (line: string) => void }) {
    this.#channels = of.channels;
    this.#clock = of.clock;
    this.#print = of.print;
  }

  /** @param newcomer hears nothing of its own arrival */
  enter(room: string, person: Person, newcomer: Connection): void {
    this.#leaving.get(keyOf(room, person))?.cancel();
    this.#leaving.delete(keyOf(room, person));
    const there = this.#rooms.get(room) ?? new RoomPresence(room, this.#channels, this.#clock);
    this.#rooms.set(room, there);
    if (there.enter(person, newcomer.id)) this.#say(room, arrived(person.name), newcomer);
  }

  /**
   * One of a person's connections is out of the room.
   *
   * @param isForGood they said so, or are a plain client, which has nothing to come back with
   */
  exit(room: string, person: Person, connection: Connection, isForGood: boolean): void {
    const there = this.#rooms.get(room);
    if (there === undefined || !there.exit(person.id, connection.id)) return;
    const go = (): void => {
      this.#leaving.delete(keyOf(room, person));
      const gone = there.remove(person.id);
      if (gone !== undefined) this.#say(room, left(gone.name), connection);
      if (there.isEmpty) this.#rooms.delete(room);
    };
    if (isForGood) go();
    else this.#leaving.set(keyOf(room, person), this.#clock.after(limits.leaveGraceMs, go));
  }

  rename(room: string, person: Person): void {
    this.#rooms.get(room)?.rename(person);
  }

  /** As `joined` and `presence` tell it. */
  people(room: string): People {
    return this.#rooms.get(room)?.people() ?? { count: 0 };
  }

  #say(room: string, line: string, except: Connection): void {
    this.#print(line);
    this.#channels.publish(sentenceChannel(room), () => line, except);
  }
}

function keyOf(room: string, person: Person): string {
  return `${room} ${person.id}`;
}
