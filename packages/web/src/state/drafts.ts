import { keep, kept } from "./kept.ts";

/** How long after the last stroke a draft is kept, in ms: the disk need not hear each one. */
const REST_MS = 300;

/** What was typed in each room and not sent yet. It survives a reload. */
export class Drafts {
  readonly #unkept = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    // The last moment that browsers promise a page, on phones too.
    addEventListener("pagehide", () => this.#keepAll());
    document.addEventListener("visibilitychange", () => this.#keepAll());
  }

  of(room: string): string {
    return this.#unkept.get(room) ?? kept(keyOf(room)) ?? "";
  }

  set(room: string, text: string): void {
    this.#unkept.set(room, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keepAll(), REST_MS);
  }

  #keepAll(): void {
    for (const [room, text] of this.#unkept) keep(keyOf(room), text === "" ? undefined : text);
    this.#unkept.clear();
  }
}

function keyOf(room: string): string {
  return `draft.${room}`;
}
