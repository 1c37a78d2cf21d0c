import { createHash } from "node:crypto";
import type { ServerFrame } from "@natter/protocol";

/** Who somebody is: a truncated SHA-256 of their session, so that nothing has to be stored of a guest (I4). */
export function personIdOf(session: string): string {
  return createHash("sha256").update(session, "ascii").digest().subarray(0, 16).toString("base64url");
}

/** One of a person's connections, for what the others of them have to know. */
type PersonSession = {
  tellIfIn(room: string, frame: ServerFrame): void;
  rename(name: string, isHere: boolean): void;
};

/** What is known of a person while one of their connections is here. */
export type KnownPerson = { readonly id: string; name: string; readonly sessions: Set<PersonSession> };

/** The people with a connection to this node, and their connections. */
export class People {
  readonly #byId = new Map<string, KnownPerson>();

  get size(): number {
    return this.#byId.size;
  }

  enter(id: string, name: string, session: PersonSession): KnownPerson {
    const person = this.#byId.get(id) ?? { id, name, sessions: new Set() };
    this.#byId.set(id, person);
    person.sessions.add(session);
    return person;
  }

  leave(person: KnownPerson, session: PersonSession): void {
    person.sessions.delete(session);
    if (person.sessions.size === 0) this.#byId.delete(person.id);
  }
}
