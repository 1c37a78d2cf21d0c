// The frames of natter.v1 as types, inferred from the schemas that check them.

import type { InferOutput } from "valibot";
import type { clientFrames } from "./client-frames.ts";
import type { anyEvent, message, pageEnvelope, serverFrames } from "./server-frames.ts";

type Client = typeof clientFrames;
type Server = typeof serverFrames;

export type HelloFrame = InferOutput<Client["hello"]>;
export type JoinFrame = InferOutput<Client["join"]>;
export type LeaveFrame = InferOutput<Client["leave"]>;
export type SendFrame = InferOutput<Client["send"]>;
export type SkipFrame = InferOutput<Client["skip"]>;
export type HistoryFrame = InferOutput<Client["history"]>;
export type ReadFrame = InferOutput<Client["read"]>;
export type TypingFrame = InferOutput<Client["typing"]>;
export type PingFrame = InferOutput<Client["ping"]>;
export type RenameFrame = InferOutput<Client["rename"]>;
export type ListRoomsFrame = InferOutput<Client["rooms"]>;

/** What a client sends, told apart by `type`. */
export type ClientFrame = InferOutput<Client[keyof Client]>;

export type WelcomeFrame = InferOutput<Server["welcome"]>;
export type JoinedFrame = InferOutput<Server["joined"]>;
export type LeftFrame = InferOutput<Server["left"]>;
export type ResetFrame = InferOutput<Server["reset"]>;
export type PresenceFrame = InferOutput<Server["presence"]>;
export type SomebodyTypesFrame = InferOutput<Server["typing"]>;
export type ReadPositionFrame = InferOutput<Server["read"]>;
export type RoomsFrame = InferOutput<Server["rooms"]>;
export type RenamedFrame = InferOutput<Server["renamed"]>;
export type PongFrame = InferOutput<Server["pong"]>;
export type ErrorFrame = InferOutput<Server["error"]>;
export type MessageFrame = InferOutput<typeof message>;
/** An event, told apart by `kind`; so far there is one. (Not MessageEvent, which is the browser's.) */
export type EventFrame = MessageFrame;
export type PageFrame = Omit<InferOutput<typeof pageEnvelope>, "events"> & { events: EventFrame[] };

/** What a server sends, told apart by `type`. */
export type ServerFrame = InferOutput<Server[keyof Server]> | EventFrame | PageFrame;

/** Somebody: `id` is who, `name` a label. `plain`: a client that speaks no protocol. */
export type Person = EventFrame["from"];
export type RoomSummary = RoomsFrame["rooms"][number];

/** An event of a kind that this client does not know, named by `of`. It is not shown, but takes its seq. */
export type UnknownEvent = Omit<InferOutput<typeof anyEvent>, "kind"> & { kind: "unknown"; of: string };

/** A frame of a type that this client does not know, named by `of`; ignored. */
export type UnknownFrame = { type: "unknown"; of: string };

/** An event as a client gets it: of a kind it knows, or not. */
export type ReceivedEvent = EventFrame | UnknownEvent;
export type ReceivedPage = Omit<PageFrame, "events"> & { events: ReceivedEvent[] };

/** What a client gets from decodeServerFrame. */
export type ReceivedFrame = InferOutput<Server[keyof Server]> | ReceivedEvent | ReceivedPage | UnknownFrame;
