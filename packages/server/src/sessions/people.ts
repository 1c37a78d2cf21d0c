import { createHash } from "node:crypto";
import { encodeServerFrame, limits } from "@natter/protocol";
import type { Bus, Hint } from "../bus/bus.ts";

/** Who somebody is: a truncated SHA-256 of their session, so that nothing has to be stored of a guest (I4). */
export function personIdOf(session: string): string {
  return createHash("sha256").update(session, "ascii").digest().subarray(0, 16).toString("base64url");
}

/** One of a person's connections, for what the others of them have to know. */
export type PersonSession = {
  /** @param frame encoded */
  tell(frame: string): void;
  tellIfIn(room: string, frame: string): void;
  /** The person goes by another name. */
  renamed(): void;
};

/** What is known of a person while one of their connections is here. */
export type KnownPerson = { readonly id: string; name: string; readonly sessions: Set<PersonSession> };

type Entry = KnownPerson & { readonly hearing: Promise<() => void> };
type Read = { room: string; seq: number; unread: number };

/** The people with a connection to this node, and their connections; those on other nodes hear by the bus. */
export class People {
  readonly #bus: Bus;
  readonly #byId = new Map<string, Entry>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** `undefined` of who is not here. */
  nameOf(id: string): string | undefined {
    return this.#byId.get(id)?.name;
  }

  /** `undefined` where they have as many connections as one may (M10). */
  enter(id: string, name: string, session: PersonSession): KnownPerson | undefined {
    const person = this.#byId.get(id) ?? this.#add(id, name);
    if (person.sessions.size >= limits.maxConnectionsPerPerson) return undefined;
    person.sessions.add(session);
    return person;
  }

  leave(person: KnownPerson, session: PersonSession): void {
    person.sessions.delete(session);
    if (person.sessions.size > 0) return;
    const entry = this.#byId.get(person.id);
    this.#byId.delete(person.id);
    void entry?.hearing.then((stop) => stop());
  }

  /** So far the person has read: all of their connections in the room are told. */
  tellRead(person: KnownPerson, read: Read): void {
    tellReadHere(person, read);
    void this.#bus.publish(`person:${person.id}`, { type: "read", ...read });
  }

  /** The name last said counts on all of a person's connections (N5). @param by on which it was said */
  rename(person: KnownPerson, name: string, by: PersonSession): void {
    renameHere(person, name, by);
    void this.#bus.publish(`person:${person.id}`, { type: "renamed", name });
  }

  #add(id: string, name: string): Entry {
    const hearing = this.#bus.subscribe(`person:${id}`, (hint) => hear(person, hint));
    const person: Entry = { id, name, sessions: new Set(), hearing };
    this.#byId.set(id, person);
    return person;
  }
}

function hear(person: KnownPerson, hint: Hint): void {
  if (hint.type === "read") tellReadHere(person, hint);
  if (hint.type === "renamed") renameHere(person, hint.name);
}

function tellReadHere({ sessions }: KnownPerson, { room, seq, unread }: Read): void {
  const frame = encodeServerFrame({ type: "read", room, seq, unread });
  for (const session of sessions) session.tellIfIn(room, frame);
}

function renameHere(person: KnownPerson, name: string, by?: PersonSession): void {
  if (person.name === name) return;
  person.name = name;
  const frame = encodeServerFrame({ type: "renamed", you: { id: person.id, name } });
  for (const session of person.sessions) {
    if (session !== by) session.tell(frame);
    session.renamed();
  }
}
