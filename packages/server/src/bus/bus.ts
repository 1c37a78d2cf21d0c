import type { StoredEvent } from "../store/store.ts";

/**
 * Tells nodes what was appended to a room. Only a hint: it may come late, twice, or never, for the log is the
 * truth and whoever finds a hole in it reads it there. At most once is enough.
 */
export type Bus = {
  /** To every subscriber of the room, on this node as well. Events of one room, in order of their seqs. */
  publish(room: string, events: readonly StoredEvent[]): Promise<void>;
  /** @returns what ends the subscription */
  subscribe(room: string, listener: BusListener): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

export type BusListener = (events: readonly StoredEvent[]) => void;
