import type { Environment } from "./environment.ts";
import type { RoomPosition } from "./position.ts";
import { indexedDbStorage } from "./storage/indexeddb.ts";
import { memoryStorage } from "./storage/memory.ts";
import type { OutboxStorage } from "./storage/storage.ts";

export interface ChatClientOptions extends Partial<Environment> {
  /** The server's address, `ws://` or `wss://`; its path means nothing. In a page, `/` is where the page came from. */
  readonly url: string | URL;
  /** What the person is called: a label, 1 to 32 characters. Who they are is the session. */
  readonly name: string;
  /** Who the person is: 43 characters of base64url, a secret (`makeSession()`). Default: one made and kept in `storage`. */
  readonly session?: string | undefined;
  /** Where session and outbox are kept. Default: IndexedDB where there is one, else memory. */
  readonly storage?: OutboxStorage | undefined;
  /** Messages that may be pending or failed at a time. Default: 10,000; `post` then throws `outbox_full`. */
  readonly maxWaiting?: number | undefined;
}

/** Where to begin in a room's log: at its beginning, at the end (the default), or behind a position. */
export interface JoinOptions {
  readonly since?: "start" | "end" | RoomPosition | undefined;
}

/** Before the first event; of an empty position no epoch is asked (J3). */
const START: RoomPosition = { seq: 0, epoch: "" };

/** The position to begin at, or none for the end. */
export function positionOf({ since = "end" }: JoinOptions): RoomPosition | undefined {
  return since === "end" ? undefined : since === "start" ? START : since;
}

/** @throws {TypeError} where it is none */
export function webSocketUrl(given: string | URL): URL {
  const { location } = globalThis as { location?: { href: string } };
  const url = new URL(given, location?.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/** A session is told to no other server than the one it was made for: each has a database of its own. */
export function defaultStorage(url: URL): OutboxStorage {
  return "indexedDB" in globalThis ? indexedDbStorage(`natter ${url.host}`) : memoryStorage();
}
