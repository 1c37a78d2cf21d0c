import type { ErrorCode, ErrorDetails, ServerFrame } from "@natter/protocol";
import type { Chat } from "../chat.ts";
import type { Connection } from "../ports.ts";
import type { Membership } from "./membership.ts";
import type { KnownPerson } from "./people.ts";
import type { Session } from "./session.ts";

/** A session that said hello, as the handlers of its frames see it. */
export type Context = {
  readonly chat: Chat;
  readonly connection: Connection;
  readonly session: Session;
  readonly person: KnownPerson<Session>;
  /** By room. */
  readonly memberships: Map<string, Membership>;
  send(frame: ServerFrame): undefined;
  refuse(code: ErrorCode, details?: ErrorDetails): undefined;
};
