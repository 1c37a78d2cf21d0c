/** Who refused: a frame of natter.v1, an HTTP request or handshake, or a connection that was closed. */
export type RefusedBy = "frame" | "http" | "close";

/**
 * What is measured while people chat. These are called on the way of every message, so they take numbers and words
 * that are there already, and never the name of a room or a person: what they make is bounded.
 */
export type Meters = {
  connected(kind: "v1" | "plain"): void;
  disconnected(kind: "v1" | "plain"): void;
  /** A reader took less than came, beyond the bound. */
  slowReaderCut(): void;
  /** @param reason an error code, an HTTP status or a close code of ours: one of few */
  refused(by: RefusedBy, reason: string | number): void;
  /** A room's log was that of an earlier moment. */
  rolledBack(): void;
  /** A batch is on disk: so many new events, so many ms after it was given to the store. */
  committed(events: number, ms: number): void;
  /** A batch was given to its room, so many ms after the first of it came. */
  delivered(ms: number): void;
};

/** Where nobody asked for figures. */
export const NO_METERS: Meters = {
  connected: () => {},
  disconnected: () => {},
  slowReaderCut: () => {},
  refused: () => {},
  rolledBack: () => {},
  committed: () => {},
  delivered: () => {},
};
