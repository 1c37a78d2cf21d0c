import type { EventFrame } from "@natter/client";
import type { VirtualizerHandle } from "virtua";
import { indexBehind } from "../state/rows.ts";

/**
 * Keeps what one looks at where it is while older rows come in front. The list does so as well, but until nobody has
 * scrolled for 150 ms it takes every row that turns out to have another height than was thought for one above what one
 * looks at, and moves that by the difference: also those below.
 */
export class Anchor {
  readonly #list: VirtualizerHandle;
  readonly #box: HTMLElement;
  #held: { readonly seq: number; readonly top: number } | undefined;

  constructor(list: VirtualizerHandle, box: HTMLElement) {
    this.#list = list;
    this.#box = box;
  }

  /**
   * From now on the second row in view stays where it is; the first may be one that loses the heading of its day.
   *
   * @param events as they are now
   * @param more how many of them stand in front that the list does not know yet
   */
  hold(events: readonly EventFrame[], more = 0): void {
    const index = this.#list.findItemIndex(this.#box.scrollTop) + 1;
    const event = events[index + more];
    this.#held = event && { seq: event.seq, top: this.#list.getItemOffset(index) - this.#box.scrollTop };
  }

  /** Those who scroll meanwhile are followed. */
  holdOn(events: readonly EventFrame[]): void {
    if (this.#held !== undefined) this.hold(events);
  }

  /** The list has moved what it shows. */
  correct(events: readonly EventFrame[]): void {
    if (this.#held === undefined) return;
    const offset = this.#list.getItemOffset(indexBehind(events, this.#held.seq - 1));
    const moved = offset - this.#box.scrollTop - this.#held.top;
    if (Math.abs(moved) >= 1) this.#box.scrollTop += moved;
  }

  release(): void {
    this.#held = undefined;
  }
}
