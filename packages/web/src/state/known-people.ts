import type { EventFrame, Person } from "@natter/client";
import { type ReadonlySignal, signal } from "@preact/signals";
import { lookAlikes } from "../text/names.ts";

const MAX_KNOWN = 500;

/** Everybody whose name is on the page: who is in the room, and who wrote what is known of it. */
export class KnownPeople {
  /** With the last event that they were called so at: pages come in any order, and the newest name counts. */
  readonly #byId = new Map<string, { readonly from: Person; readonly seq: number }>();
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
    const news: EventFrame[] = [];
    for (let at = 0; at < events.length && events[at]!.seq < first; at++) news.push(events[at]!);
    for (let at = events.length - 1; at >= 0 && events[at]!.seq > last; at--) news.push(events[at]!);
    this.#counted = { first: events[0]?.seq ?? 0, last: events.at(-1)?.seq ?? 0 };
    this.#take(news);
  }

  /** @param seq the last event when they were here: what they are called by then is newer than what it says */
  add(people: readonly Person[], seq: number): void {
    this.#take(people.map((from) => ({ from, seq: seq + 1 })));
  }

  #take(news: readonly { readonly from: Person; readonly seq: number }[]): void {
    let isNew = false;
    for (const { from, seq } of news) {
      const known = this.#byId.get(from.id);
      if (known !== undefined && known.seq > seq) continue;
      this.#byId.set(from.id, { from, seq });
      if (known?.from.name !== from.name) isNew = true;
    }
    if (!isNew) return;
    const people = [...this.#byId.values()].map(({ from }) => from);
    this.#tagged.value = lookAlikes(people);
    this.#known.value = people.slice(-MAX_KNOWN);
  }
}
