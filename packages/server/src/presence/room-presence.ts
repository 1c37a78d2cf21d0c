import { limits, type Person } from "@natter/protocol";
import type { Bus, PresenceHint } from "../bus/bus.ts";
import { arrived, left } from "../plain/sentences.ts";
import type { Channels, Clock, Connection, Timer } from "../ports.ts";
import { sentenceChannel } from "../rooms/channels.ts";
import { Announcements, type People } from "./announcements.ts";

type Present = {
  person: Person;
  /** On this node. */
  readonly connections: Set<number>;
  /** Their last connection here was lost, and until this ends they count as being here. */
  leaving?: Timer | undefined;
  /** The other nodes that they are on. */
  readonly nodes: Set<string>;
};

/** Where a node begins to count what it tells of a room: past whatever it told when it had it open before. */
export function countAt(clock: Clock): number {
  return Math.floor(clock.elapsed() * 1_000);
}

export type PresenceParts = {
  readonly bus: Bus;
  readonly channels: Channels;
  readonly clock: Clock;
  /** Takes who comes and goes on this node. */
  readonly print: (line: string) => void;
};

/**
 * Who is in one room, on all nodes. A person is there once, however many connections and nodes they are on, and for a
 * while after the last connection is lost: a reload is no leaving.
 *
 * Each node tells the others whom it has in the room, and forgets with a node what it heard of it.
 */
export class RoomPresence {
  readonly #room: string;
  readonly #parts: PresenceParts;
  readonly #present = new Map<string, Present>();
  readonly #announcements: Announcements;
  /** People on this node. */
  #here = 0;
  /** Counts the changes that the other nodes are told of. */
  #told: number;
  /** Changes that they told of, by node. */
  readonly #heard = new Map<string, number>();
  /** Nodes of which something may have been missed, and nothing was heard since. */
  readonly #doubted = new Set<string>();

  constructor(room: string, parts: PresenceParts) {
    this.#room = room;
    this.#parts = parts;
    this.#told = countAt(parts.clock);
    this.#announcements = new Announcements(room, parts, () => this.people());
  }

  /** Nobody on this node is in the room. */
  get isEmptyHere(): boolean {
    return this.#here === 0;
  }

  /** As `joined` and `presence` tell it. */
  people(): People {
    const count = this.#present.size;
    const partial = this.#parts.bus.isUp ? {} : ({ partial: true } as const);
    if (count > limits.maxPeopleListed) return { count, ...partial };
    return { count, list: Array.from(this.#present.values(), ({ person }) => person), ...partial };
  }

  /** @param newcomer hears nothing of its own arrival */
  enter(person: Person, newcomer: Connection): undefined {
    const there = this.#present.get(person.id) ?? this.#add(person, newcomer);
    const wasHere = isHere(there);
    there.leaving?.cancel();
    there.leaving = undefined;
    there.connections.add(newcomer.id);
    if (wasHere) return this.rename(person);
    this.#here++;
    this.#call(there, person);
    this.#tell({ type: "came", person, n: ++this.#told });
  }

  /**
   * One of a person's connections is out of the room.
   *
   * @param isForGood they said so, or are a plain client, which has nothing to come back with
   */
  exit(person: Person, connection: Connection, isForGood: boolean): void {
    const there = this.#present.get(person.id);
    if (there?.connections.delete(connection.id) !== true || there.connections.size > 0) return;
    const go = (): void => {
      there.leaving = undefined;
      this.#here--;
      this.#tell({ type: "went", person: person.id, n: ++this.#told });
      this.#removeIfGone(there, connection);
    };
    if (isForGood) go();
    else there.leaving = this.#parts.clock.after(limits.leaveGraceMs, go);
  }

  rename(person: Person): undefined {
    const there = this.#present.get(person.id);
    if (there === undefined || there.person.name === person.name) return;
    this.#call(there, person);
    this.#tell({ type: "came", person, n: ++this.#told });
  }

  /** Another node told who is in the room there. */
  hear(hint: PresenceHint, node: string): undefined {
    const heard = this.#heard.get(node) ?? 0;
    // Overtaken by a list or a change after it. The same number has a list that tells what is known.
    if (hint.n < heard || (hint.n === heard && hint.type !== "people")) return;
    this.#heard.set(node, hint.n);
    this.#doubted.delete(node);
    switch (hint.type) {
      case "came":
        this.#cameElsewhere(hint.person, node);
        break;
      case "went":
        this.#wentElsewhere(this.#present.get(hint.person), node);
        break;
      case "people":
        return this.#areElsewhere(hint.people, node);
    }
    if (hint.n !== heard + 1) this.ask(`node:${node}`);
  }

  /** Nobody here is in it any more. */
  close(): void {
    this.#announcements.close();
  }

  /** That node is gone, and with it whoever was on no other. */
  forget(node: string): void {
    this.#heard.delete(node);
    this.#doubted.delete(node);
    this.#areElsewhere([], node);
  }

  /** Tells whom this node has in the room. @returns how many nodes were told */
  answer(topic: `node:${string}`): Promise<number> {
    return this.#tellAll(topic, false);
  }

  /** Tells it, and asks for the same. @returns how many nodes were asked */
  ask(topic: `node:${string}` | `room:${string}` = `room:${this.#room}`): Promise<number> {
    return this.#tellAll(topic, true);
  }

  /** Something that this node, or any, has told may have been lost. */
  doubt(node?: string): void {
    const nodes = node === undefined ? [...this.#heard.keys()] : [node];
    for (const each of nodes) if (this.#heard.has(each)) this.#doubted.add(each);
  }

  /** Whoever has closed the room meanwhile does not hear what is asked of all that are in it, and is asked by itself. */
  async askDoubted(): Promise<void> {
    const nodes = [...this.#doubted];
    this.#doubted.clear();
    await Promise.all(nodes.map((node) => this.ask(`node:${node}`)));
  }

  /** Whether the other nodes can be seen is another than it was. */
  announce(): void {
    this.#announcements.tellSoon();
  }

  #areElsewhere(people: readonly Person[], node: string): undefined {
    const ids = new Set(people.map(({ id }) => id));
    for (const there of [...this.#present.values()]) {
      if (!ids.has(there.person.id)) this.#wentElsewhere(there, node);
    }
    for (const person of people) this.#cameElsewhere(person, node);
  }

  #cameElsewhere(person: Person, node: string): void {
    const there = this.#present.get(person.id) ?? this.#add(person);
    there.nodes.add(node);
    this.#call(there, person);
  }

  #wentElsewhere(there: Present | undefined, node: string): void {
    if (there?.nodes.delete(node)) this.#removeIfGone(there);
  }

  #add(person: Person, newcomer?: Connection): Present {
    const there: Present = { person, connections: new Set(), nodes: new Set() };
    this.#present.set(person.id, there);
    this.#announcements.joined(person);
    this.#say(arrived(person.name), newcomer);
    return there;
  }

  #removeIfGone(there: Present, connection?: Connection): void {
    if (isHere(there) || there.nodes.size > 0) return;
    this.#present.delete(there.person.id);
    this.#announcements.left(there.person.id);
    this.#say(left(there.person.name), connection);
  }

  #call(there: Present, person: Person): void {
    if (there.person.name === person.name) return;
    there.person = person;
    this.#announcements.renamed(person);
  }

  #tell(hint: PresenceHint): void {
    void this.#parts.bus.publish(`room:${this.#room}`, hint);
  }

  #tellAll(topic: `node:${string}` | `room:${string}`, ask: boolean): Promise<number> {
    const people = [...this.#present.values()].filter(isHere).map(({ person }) => person);
    return this.#parts.bus.publish(topic, { type: "people", room: this.#room, people, n: this.#told, ask });
  }

  /** @param own whose coming or going it is, if it is on this node */
  #say(line: string, own: Connection | undefined): void {
    if (own !== undefined) this.#parts.print(line);
    this.#parts.channels.publish(sentenceChannel(this.#room), () => line, own);
  }
}

function isHere({ connections, leaving }: Present): boolean {
  return connections.size > 0 || leaving !== undefined;
}
