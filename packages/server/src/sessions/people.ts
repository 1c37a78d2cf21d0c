import { createHash } from "node:crypto";

/** Who somebody is: a truncated SHA-256 of their session, so that nothing has to be stored of a guest (W4). */
export function personIdOf(session: string): string {
  return createHash("sha256").update(session, "ascii").digest().subarray(0, 16).toString("base64url");
}

/** What is known of a person while one of their connections is here. */
export type KnownPerson<Session> = { readonly id: string; name: string; readonly sessions: Set<Session> };

/** The people with a connection to this node, and their connections. */
export class People<Session> {
  readonly #byId = new Map<string, KnownPerson<Session>>();

  enter(id: string, name: string, session: Session): KnownPerson<Session> {
    const person = this.#byId.get(id) ?? { id, name, sessions: new Set() };
    this.#byId.set(id, person);
    person.sessions.add(session);
    return person;
  }

  leave(person: KnownPerson<Session>, session: Session): void {
    person.sessions.delete(session);
    if (person.sessions.size === 0) this.#byId.delete(person.id);
  }
}
