import type { MessageRate } from "./access/message-rate.ts";
import type { PageTurns } from "./access/page-turns.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Channels, Clock } from "./ports.ts";
import type { Refusal } from "./rooms/backlog.ts";
import type { Rooms } from "./rooms/rooms.ts";
import type { People } from "./sessions/people.ts";
import type { Store } from "./store/store.ts";

/** What every client's side of the chat works with: one of each on a node. */
export type Chat = {
  readonly store: Store;
  readonly rooms: Rooms;
  readonly people: People;
  readonly channels: Channels;
  readonly rate: MessageRate;
  readonly pages: PageTurns;
  readonly clock: Clock;
  /** Why no other message may be sent to that room now, if so. */
  readonly refusal: (room: string) => Refusal | undefined;
  readonly meters?: Meters;
  /** Takes errors that nobody expected. */
  readonly report: (error: unknown) => void;
};
