import type { Hint, PresenceHint } from "../bus/bus.ts";
import { countAt, type PresenceParts, RoomPresence } from "./room-presence.ts";

/** How long an opened room waits for what the other nodes have to tell, in ms: then it goes on with what it knows. */
const ANSWER_MS = 250;
/** Within so many ms after the bus is back all nodes have told who is in the rooms that they have open. */
const TOLD_MS = 2_000;
/** Rooms of which is told at a time: many thousands at once would hold up the messages, here and in Redis. */
const AT_ONCE = 500;

/**
 * Who is in which room. Nothing of it is stored, and none of it is an event: nodes ask each other, and what they tell
 * each other is as good as the bus (T7).
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #rooms = new Map<string, RoomPresence>();
  /** Who waits for answers about a room. */
  readonly #asking = new Map<string, (node: string) => void>();
  readonly #hearing: Promise<unknown>;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    const { bus } = parts;
    this.#hearing = bus.subscribe(`node:${bus.node}`, (hint, node) => this.#hearAnswer(hint, node));
    bus.listen({
      gone: (node) => this.#ofEach((room) => room.forget(node)),
      down: () => this.#ofEach((room) => room.announce()),
      back: (node) => this.#askAgain(node),
    });
  }

  /**
   * The room is in use on this node. Resolves when it is known who is there, or has taken too long to find out.
   *
   * @param hearing once this node hears the room's topic
   */
  async open(name: string, hearing?: Promise<unknown>): Promise<RoomPresence> {
    const room = new RoomPresence(name, this.#parts);
    this.#rooms.set(name, room);
    const answers = new Set<string>();
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = Number.POSITIVE_INFINITY;
    const done = (): void => {
      if (answers.size >= asked) resolve();
    };
    this.#asking.set(name, (node) => {
      answers.add(node);
      done();
    });
    const tooLate = this.#parts.clock.after(ANSWER_MS, resolve);
    void this.#askOnce(room, name, hearing).then((count) => {
      asked = count;
      done();
    });
    await promise;
    tooLate.cancel();
    this.#asking.delete(name);
    return room;
  }

  /** Whoever answers, or tells of a change after that, has to be heard. */
  async #askOnce(room: RoomPresence, name: string, hearing?: Promise<unknown>): Promise<number> {
    await Promise.all([this.#hearing, hearing]);
    return this.#rooms.get(name) === room ? await room.ask() : 0;
  }

  close(name: string): void {
    this.#rooms.get(name)?.close();
    this.#rooms.delete(name);
  }

  /** Another node told of a room's people, on the room's topic or on this node's. */
  hear(name: string, hint: PresenceHint, node: string): undefined {
    const room = this.#rooms.get(name);
    room?.hear(hint, node);
    if (hint.type === "people" && hint.ask)
      void (room?.answer(`node:${node}`) ?? this.#tellEmpty(name, node));
  }

  #tellEmpty(room: string, node: string): Promise<number> {
    const { bus, clock } = this.#parts;
    return bus.publish(`node:${node}`, { type: "people", room, people: [], n: countAt(clock), ask: false });
  }

  /** After hints were lost, those of that node or of any. */
  #askAgain(node?: string): void {
    this.#ofEach((room) => {
      room.doubt(node);
      if (node === undefined) room.announce();
    });
    if (node === undefined) void this.#inSteps((room) => room.ask());
    this.#parts.clock.after(TOLD_MS, () => void this.#inSteps((room) => room.askDoubted()));
  }

  async #inSteps(tell: (room: RoomPresence) => Promise<unknown>): Promise<void> {
    const rooms = [...this.#rooms];
    for (let start = 0; start < rooms.length; start += AT_ONCE) {
      const step = rooms
        .slice(start, start + AT_ONCE)
        .filter(([name, room]) => this.#rooms.get(name) === room);
      await Promise.all(step.map(([, room]) => tell(room)));
    }
  }

  #hearAnswer(hint: Hint, node: string): void {
    if (hint.type !== "people") return;
    this.hear(hint.room, hint, node);
    this.#asking.get(hint.room)?.(node);
  }

  #ofEach(act: (room: RoomPresence) => void): void {
    for (const room of this.#rooms.values()) act(room);
  }
}
