import type { Person } from "@natter/client";
import { signal } from "@preact/signals";
import { type Completion, complete, completionAt, rankPeople } from "../text/completion.ts";
import { shownName } from "../text/names.ts";
import { loadEmoji, loadedEmoji } from "./emoji-loader.ts";
import type { RoomView } from "./room-view.ts";

/** One line of the list: what is put there, and what is shown. */
export type Offer = {
  readonly key: string;
  readonly insert: string;
  readonly label: string;
  readonly emoji?: string;
  readonly person?: Person;
};

const MAX_OFFERS = 8;

/** What is offered while one types `@na` or `:smi`. */
export class Completing {
  readonly #view: RoomView;
  readonly #offers = signal<readonly Offer[]>([]);
  readonly #active = signal(0);
  #completion: Completion | undefined;
  /** Closed by hand: it stays so until something else is typed. */
  #closedAt: string | undefined;
  /** Counts looks: one that had to wait for the emoji is no more than the last. */
  #looks = 0;

  constructor(view: RoomView) {
    this.#view = view;
  }

  get offers(): readonly Offer[] {
    return this.#offers.value;
  }

  get active(): number {
    return this.#active.value;
  }

  get isOpen(): boolean {
    return this.#offers.value.length > 0;
  }

  /** The id of the element that is chosen now. */
  get activeId(): string | undefined {
    return this.isOpen ? `completion-${this.#active.value}` : undefined;
  }

  /** Looks at what stands before the caret. */
  look(text: string, caret: number): void {
    const look = ++this.#looks;
    const completion = completionAt(text, caret);
    if (completion?.kind === "emoji" && loadedEmoji() === undefined) {
      void loadEmoji().then(() => {
        if (loadedEmoji() !== undefined && look === this.#looks) this.look(text, caret);
      });
      return;
    }
    const key = completion && `${completion.from} ${completion.query}`;
    if (key === this.#closedAt && key !== undefined) return;
    this.#closedAt = undefined;
    this.#completion = completion;
    const offers = completion === undefined ? [] : this.#offersOf(completion);
    // What stands there already need not be offered: Enter sends it.
    const isThere = offers.length === 1 && offers[0]!.label.toLowerCase() === completion?.query.toLowerCase();
    this.#offers.value = isThere ? [] : offers;
    this.#active.value = 0;
  }

  move(step: 1 | -1): void {
    const count = this.#offers.value.length;
    this.#active.value = (this.#active.value + step + count) % count;
  }

  point(index: number): void {
    this.#active.value = index;
  }

  close(): void {
    this.#looks++;
    if (this.#completion !== undefined) this.#closedAt = `${this.#completion.from} ${this.#completion.query}`;
    this.#offers.value = [];
  }

  /** Puts the chosen one into the text. */
  take(text: string): { text: string; caret: number } | undefined {
    const offer = this.#offers.value[this.#active.value];
    if (offer === undefined || this.#completion === undefined) return undefined;
    const completed = complete(text, this.#completion, offer.insert);
    this.#offers.value = [];
    this.#completion = undefined;
    return completed;
  }

  /** The text with the emoji whose name was just closed, as in `:tada:`. */
  closedEmoji(text: string, caret: number): { text: string; caret: number } | undefined {
    return text[caret - 1] === ":" ? loadedEmoji()?.replaceClosed(text, caret) : undefined;
  }

  #offersOf(completion: Completion): Offer[] {
    if (completion.kind === "emoji") {
      const found = loadedEmoji()?.findEmoji(completion.query, MAX_OFFERS) ?? [];
      return found.map(({ emoji, name }) => ({ key: name, insert: emoji, label: `:${name}:`, emoji }));
    }
    const people = (this.#view.entry.people.peek().list ?? []).filter(
      ({ id }) => id !== this.#view.source.me,
    );
    return rankPeople(people, completion.query)
      .slice(0, MAX_OFFERS)
      .map((person) => ({
        key: person.id,
        insert: `@${shownName(person)}`,
        label: shownName(person),
        person,
      }));
  }
}
