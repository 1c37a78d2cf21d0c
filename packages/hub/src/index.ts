// A WebSocket server with rooms. What each file is for, along a message's way out:
//
//   hub.ts        the API: events, rooms, publish, close
//   entrance.ts   upgrades in, clients out; port.ts is the hub's own server
//   admission.ts  who may connect: limits, the application's own rule; unreadable.ts: who sends no request at all
//   client.ts     one connected client
//   batch.ts      the frames one room was given in this turn of the event loop
//   fanout.ts     at the turn's end: each room's batch joined once, each client written to once
//   writer.ts     the only way out to one client's socket, and its bound
//   watch.ts      who is silent too long, or too long about one message; pings.ts: who pings too much
//   options.ts    every limit, its unit, its default

export { networkOf } from "./address.ts";
export type { Client, Departure } from "./client.ts";
export { Hub, type HubEvents, type PublishOptions } from "./hub.ts";
export type { Admission, AttachOptions, CloseOptions, HubOptions, Logger, LogLevel } from "./options.ts";
export { unreadable } from "./unreadable.ts";
