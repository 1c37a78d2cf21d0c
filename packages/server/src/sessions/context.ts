import type { ErrorCode, ErrorDetails, JoinFrame, ServerFrame } from "@natter/protocol";
import type { Meter } from "../access/message-rate.ts";
import type { Chat } from "../chat.ts";
import type { Connection } from "../ports.ts";
import type { Membership } from "./membership.ts";
import type { KnownPerson, PersonSession } from "./people.ts";
import type { Turns } from "./turns.ts";
import type { TypingTimes } from "./typing-times.ts";

/** A session that said hello, as the handlers of its frames see it. */
export type Context = {
  readonly chat: Chat;
  readonly connection: Connection;
  readonly person: KnownPerson;
  readonly session: PersonSession;
  readonly meter: Meter;
  /** By room. */
  readonly memberships: Map<string, Membership>;
  readonly typingTimes: TypingTimes;
  /** In which its rooms catch up. */
  readonly turns: Turns;
  /** Joins as the client would with what it holds, which the log no longer goes on from. */
  rejoin(frame: JoinFrame): void;
  send(frame: ServerFrame): undefined;
  refuse(code: ErrorCode, details?: ErrorDetails): undefined;
};
