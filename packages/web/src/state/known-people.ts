import type { EventFrame, Person } from "@natter/client";
import { type ReadonlySignal, signal } from "@preact/signals";
import { lookAlikes } from "../text/names.ts";

const MAX_KNOWN = 500;

/** Everybody whose name is on the page: who is in the room, and who wrote what is known of it. */
export class KnownPeople {
  readonly #byId = new Map<string, Person>();
  readonly #tagged = signal<ReadonlySet<string>>(new Set());
  readonly #known = signal<readonly Person[]>([]);
  #counted = { first: 0, last: 0 };

  /** The last of them that there was something new of: enough for what is in view. */
  get known(): ReadonlySignal<readonly Person[]> {
    return this.#known;
  }

  /** The ids of those whose name looks like another's (N4): they are shown with a tag. */
  get tagged(): ReadonlySignal<ReadonlySet<string>> {
    return this.#tagged;
  }

  /** Looks at each event once, at whichever end it came. */
  addAuthors(events: readonly EventFrame[]): void {
    const { first, last } = this.#counted;
    const [from, to] = [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0];
    const people: Person[] = [];
    for (let at = 0; at < events.length && events[at]!.seq < first; at++) people.push(events[at]!.from);
    for (let at = events.length - 1; at >= 0 && events[at]!.seq > last; at--) people.push(events[at]!.from);
    this.#counted = { first: from, last: to };
    this.add(people);
  }

  add(people: Iterable<Person>): void {
    let isNew = false;
    for (const person of people) {
      if (this.#byId.get(person.id)?.name === person.name) continue;
      this.#byId.set(person.id, person);
      isNew = true;
    }
    if (!isNew) return;
    this.#tagged.value = lookAlikes(this.#byId.values());
    this.#known.value = [...this.#byId.values()].slice(-MAX_KNOWN);
  }
}
