// The client of a natter server, for browsers and Node. Start reading at client.ts; docs/protocol.md has the rules.
//
//   client.ts                       what users hold, and where everything meets
//   connection.ts                   one connection after the other; backoff.ts, heartbeat.ts, pace.ts
//   room.ts                         a room; membership.ts what is asked of the server about it, position.ts,
//                                   presence.ts, unread.ts what is known of it, timeline.ts what is shown
//   outbox.ts                       what is said: message.ts, lane.ts its order in a room, journal.ts its storage,
//                                   adoption.ts what other tabs left
//   requests.ts, naming.ts          what else is asked
//   environment.ts, storage/        the world: socket, clock, chance, network, locks, IndexedDB

export { type EventFrame, makeSession, type Person, type RoomSummary } from "@natter/protocol";
export { ChatClient, type ChatClientOptions, type ChatEvents, type JoinOptions } from "./client.ts";
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
export type { RoomPosition } from "./position.ts";
export type { People } from "./presence.ts";
export type { HistoryPage, Room, RoomEvents } from "./room.ts";
export { indexedDbStorage } from "./storage/indexeddb.ts";
export { memoryStorage } from "./storage/memory.ts";
export type { MessageRecord, OutboxStorage } from "./storage/storage.ts";
export { type OlderOptions, Timeline, type TimelineItem } from "./timeline.ts";
export type { ReadState } from "./unread.ts";
