import type { Person, StoredEvent } from "../store/store.ts";

/**
 * What nodes tell each other. All of it is hints, at most once: one may come late or never, and not in order with
 * those of other nodes. The log is the truth, and whoever finds a hole in it reads it there; who is where is asked
 * again where a hint is missing.
 */
export type Hint =
  /** The room's log has these now, ascending. */
  | { readonly type: "events"; readonly events: readonly StoredEvent[] }
  | { readonly type: "typing"; readonly from: Person }
  | PresenceHint
  /** For a person's connections: so far they have read. */
  | { readonly type: "read"; readonly room: string; readonly seq: number; readonly unread: number }
  /** For a person's connections: the name they go by. */
  | { readonly type: "renamed"; readonly name: string };

/** `n` counts the changes that a node has told of a room's people: who misses one, or hears an old list, can tell. */
export type PresenceHint =
  /** A person's first connection on that node is in the room, or they go by another name. */
  | { readonly type: "came"; readonly person: Person; readonly n: number }
  /** A person's last connection on that node is out of the room, its time of grace over. */
  | { readonly type: "went"; readonly person: string; readonly n: number }
  /** All who are in the room on that node. `ask`: tell me yours, on the topic of my node. */
  | {
      readonly type: "people";
      readonly room: string;
      readonly people: readonly Person[];
      readonly n: number;
      readonly ask: boolean;
    };

/** Who hears a hint: the nodes on which somebody is in the room, those to which the person is connected, or one. */
export type Topic = `room:${string}` | `person:${string}` | `node:${string}`;

/** @param node the one that published it */
export type HintListener = (hint: Hint, node: string) => void;

/** What a node has to know to keep its picture of the others right. */
export type BusListener = {
  /** That node has ended, or nothing was heard of it for `LEASE_MS`: its people are not there any more. */
  gone(node: string): void;
  /** Hints do not get through any more: nobody can tell who is on other nodes. */
  down(): void;
  /**
   * Hints may have been lost: the bus is up again, or this node stood still for so long that others gave it up. With a
   * node: that one is back, and what it told may have been lost.
   */
  back(node?: string): void;
};

/** After so many ms without a sign of life a node counts as gone: its people are gone within 10 s of its end. */
export const LEASE_MS = 7_000;

export type Bus = {
  /** The name of this node among the others: a new one at each start. */
  readonly node: string;
  /** Whether hints get through, as far as is known. */
  readonly isUp: boolean;

  /**
   * Tells the other nodes that subscribed; never this one. Hints of one node on one topic come in their order. Does not
   * reject: what cannot be told is lost.
   *
   * @returns how many other nodes it was passed on to; 0 while the bus is down
   */
  publish(topic: Topic, hint: Hint): Promise<number>;

  /**
   * Resolves once it hears; while the bus is down at once, and then hears from when it is up again. Does not reject.
   *
   * @returns what ends the subscription
   */
  subscribe(topic: Topic, listener: HintListener): Promise<() => void>;

  /** There is one listener; what it does not ask for it is not told. */
  listen(listener: Partial<BusListener>): void;

  /** The others are told that this node is gone. */
  close(): Promise<void>;
};
