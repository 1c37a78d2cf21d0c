import { type ReadonlySignal, signal } from "@preact/signals";
import { LOBBY, roomNameOf } from "./room-names.ts";

/** Where the address leads: to a room, or to a name that no room can have. */
export type Place =
  | { readonly kind: "room"; readonly room: string }
  | { readonly kind: "no room"; readonly typed: string };

/** The address of a room, as it is shown and shared. */
export function addressOf(room: string): string {
  return room === LOBBY ? "/" : `/r/${encodeURIComponent(room)}`;
}

/** Both forms are links to a room: `/r/team`, and `/#/team`, which needs nothing of the server. */
export function placeOf({ pathname, hash }: { pathname: string; hash: string }): Place {
  const named = /^#\/(.+)$/.exec(hash)?.[1] ?? /^\/r\/(.*?)\/?$/.exec(pathname)?.[1];
  if (named === undefined) return { kind: "room", room: LOBBY };
  const typed = decoded(named);
  const room = roomNameOf(typed);
  return room === undefined ? { kind: "no room", typed } : { kind: "room", room };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address bar, as a signal: back and forward work, and each room has its address. */
export class Route {
  readonly #place = signal<Place>(placeOf(location));

  constructor() {
    this.#settle();
    addEventListener("popstate", () => this.#settle());
    addEventListener("hashchange", () => this.#settle());
    document.addEventListener("click", (event) => this.#follow(event));
  }

  get place(): ReadonlySignal<Place> {
    return this.#place;
  }

  go(room: string): void {
    const place = this.#place.value;
    if (place.kind === "room" && place.room === room) return;
    history.pushState(null, "", addressOf(room));
    this.#place.value = { kind: "room", room };
  }

  /** To where one is: what is shown of it is made anew. */
  again(): void {
    this.#place.value = placeOf(location);
  }

  /** A link to a room, wherever it stands, in a message too, leads there without loading the page anew. */
  #follow(event: MouseEvent): void {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!isPlain || event.defaultPrevented || link === null || link.target !== "") return;
    const isRoom = /^\/(r\/.*)?$/.test(link.pathname) && /^(#\/.*)?$/.test(link.hash);
    if (link.origin !== location.origin || !isRoom) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    this.#settle();
  }

  /** Writes the address in its one form, without another step to go back. */
  #settle(): void {
    const place = placeOf(location);
    if (place.kind === "room") history.replaceState(null, "", addressOf(place.room));
    const now = this.#place.peek();
    // To where one is already, as by the link to the field, nothing is made anew.
    if (place.kind !== "room" || now.kind !== "room" || place.room !== now.room) this.#place.value = place;
  }
}
