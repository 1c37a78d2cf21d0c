import { keep, kept } from "./kept.ts";

/** How long after the last stroke a draft is kept, in ms: the disk need not hear each one. */
const REST_MS = 300;

/** What was typed in each room and not sent yet. It survives a reload. */
export class Drafts {
  readonly #unkept = new Map<string, string>();
  readonly #unsafe: () => Iterable<readonly [room: string, texts: readonly string[]]>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The field that is open, which takes what comes back to its room. */
  #field: { readonly room: string; readonly take: (text: string) => void } | undefined;

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

  /** @param take puts a text that comes back to the room into the field. @returns the field is gone */
  open(room: string, take: (text: string) => void): () => void {
    const field = { room, take };
    this.#field = field;
    return () => {
      if (this.#field === field) this.#field = undefined;
    };
  }

  /** Gives a text back to whoever writes in the room: now, or when they are there again. */
  giveBack(room: string, text: string): void {
    if (this.#field?.room === room) this.#field.take(text);
    else this.set(room, together(this.of(room), text));
  }

  #leave(): void {
    const drafts: [string, string][] = [];
    for (const [room, texts] of this.#unsafe()) {
      drafts.push([room, this.of(room)]);
      this.#unkept.set(room, together(...texts, this.of(room)));
    }
    this.#keepAll();
    // A page may come back as it was, and what it sent with it.
    addEventListener("pageshow", () => drafts.map(([room, text]) => this.set(room, text)), { once: true });
  }

  #keepAll(): void {
    for (const [room, text] of this.#unkept) {
      if (keep(keyOf(room), text === "" ? undefined : text)) this.#unkept.delete(room);
    }
  }
}

/** One text of several. */
export function together(...texts: readonly string[]): string {
  return texts.filter((text) => text.trim() !== "").join("\n");
}

function keyOf(room: string): string {
  return `draft.${room}`;
}
