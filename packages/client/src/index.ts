// The client of a natter server, for browsers and Node. Start reading at client.ts; docs/protocol.md has the rules.
//
//   client.ts, options.ts           what users hold
//   parts.ts                        what a client is made of, and its life; incoming.ts whom a frame concerns,
//                                   outgoing.ts what is sent next and how fast
//   connection.ts                   one connection after the other; decode.ts, backoff.ts, heartbeat.ts
//   room.ts                         what one can do in a room; room-view.ts what is known of it, from presence.ts and
//                                   unread.ts, timeline.ts what is shown
//   membership.ts, position.ts      what is asked of the server about a room, and where one stands in its log
//   outbox.ts                       what is said: message.ts, lane.ts its order in a room, journal.ts its storage,
//                                   adoption.ts what other tabs left
//   requests.ts, naming.ts          what else is asked
//   environment.ts, storage/        the world: socket, clock, chance, network, locks, IndexedDB; session.ts who one is

export { type EventFrame, makeSession, type Person, type RoomSummary } from "@natter/protocol";
export { ChatClient, type ChatEvents } from "./client.ts";
export type { ConnectionState, Loss } from "./connection.ts";
export type { Off } from "./emitter.ts";
export type {
  Clock,
  Environment,
  Happening,
  Locks,
  Socket,
  SocketConstructor,
  SocketEvent,
  Surroundings,
  Timer,
} from "./environment.ts";
export { ChatError, type LocalErrorCode } from "./errors.ts";
export type { RoomState } from "./membership.ts";
export type { Message, MessageState } from "./message.ts";
export type { ChatClientOptions, JoinOptions } from "./options.ts";
export type { RoomPosition } from "./position.ts";
export type { People } from "./presence.ts";
export type { HistoryPage, Room } from "./room.ts";
export type { RoomEvents } from "./room-view.ts";
export { indexedDbStorage } from "./storage/indexeddb.ts";
export { memoryStorage } from "./storage/memory.ts";
export type { MessageRecord, OutboxStorage } from "./storage/storage.ts";
export { type OlderOptions, Timeline, type TimelineItem } from "./timeline.ts";
export type { ReadState } from "./unread.ts";
