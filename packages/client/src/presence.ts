import { type JoinedFrame, limits, type Person, type PresenceFrame } from "@natter/protocol";
import type { Clock, Timer } from "./environment.ts";

/** Who is in a room: all of them by id, or only how many where they are more than 100 (T4). */
export interface People {
  readonly count: number;
  readonly list: readonly Person[] | undefined;
  /** Who is on other servers cannot be told at the moment: some may be missing, or long gone (T7). */
  readonly partial?: true | undefined;
}

/** Puts together what presence frames tell. */
export class Presence {
  #told: Pick<PresenceFrame, "count" | "partial"> = { count: 0 };
  #byId: Map<string, Person> | undefined;

  get people(): People {
    const { count, partial } = this.#told;
    return { count, list: this.#byId && [...this.#byId.values()], partial };
  }

  begin(people: JoinedFrame["people"]): void {
    this.#told = people;
    this.#byId = people.list && new Map(people.list.map((person) => [person.id, person]));
  }

  take(frame: PresenceFrame): void {
    const { list, joined, left } = frame;
    if (list || !(joined || left)) {
      this.begin(frame);
      return;
    }
    this.#told = frame;
    for (const id of left ?? []) this.#byId?.delete(id);
    for (const person of joined ?? []) this.#byId?.set(person.id, person);
  }
}

/** Who types, and until when (T5). */
export class Typing {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #byId = new Map<string, { person: Person; timer: Timer }>();

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get people(): readonly Person[] {
    return [...this.#byId.values()].map(({ person }) => person);
  }

  start(person: Person): void {
    const known = this.#byId.get(person.id);
    known?.timer.cancel();
    const timer = this.#clock.after(limits.typingForgetMs, () => this.stop(person.id));
    this.#byId.set(person.id, { person, timer });
    if (!known) this.#onChange();
  }

  /** They said it, or thought better of it. */
  stop(id: string): void {
    const known = this.#byId.get(id);
    if (!known) return;
    known.timer.cancel();
    this.#byId.delete(id);
    this.#onChange();
  }

  clear(): void {
    for (const id of this.#byId.keys()) this.stop(id);
  }
}
