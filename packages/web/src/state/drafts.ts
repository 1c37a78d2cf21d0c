import { keep, kept } from "./kept.ts";

/** How long after the last stroke a draft is kept, in ms: the disk need not hear each one. */
const REST_MS = 300;

/** What was typed in each room and not sent yet. It survives a reload. */
export class Drafts {
  readonly #unkept = new Map<string, string>();
  readonly #unsafe: () => Iterable<readonly [room: string, texts: readonly string[]]>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param unsafe what was sent from this page, but would be lost with it: it goes back to where it was typed */
  constructor(unsafe: () => Iterable<readonly [room: string, texts: readonly string[]]>) {
    this.#unsafe = unsafe;
    // The last moment that browsers promise a page, on phones too.
    addEventListener("pagehide", () => this.#leave());
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

  #leave(): void {
    const drafts: [string, string][] = [];
    for (const [room, texts] of this.#unsafe()) {
      drafts.push([room, this.of(room)]);
      this.#unkept.set(room, [...texts, this.of(room)].filter((text) => text !== "").join("\n"));
    }
    this.#keepAll();
    // A page may come back as it was, and what it sent with it.
    addEventListener("pageshow", () => drafts.map(([room, text]) => this.set(room, text)), { once: true });
  }

  #keepAll(): void {
    for (const [room, text] of this.#unkept) keep(keyOf(room), text === "" ? undefined : text);
    this.#unkept.clear();
  }
}

function keyOf(room: string): string {
  return `draft.${room}`;
}
