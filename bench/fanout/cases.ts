import type { PeerName } from "./peers.ts";

/** What the load generator does. */
export type Load = {
  /** In all rooms together. */
  readonly members: number;
  readonly rooms?: number;
  /** In each room. */
  readonly senders: number;
  /** Messages that have not come to all, in all rooms together, at least one in each. */
  readonly outstanding?: number;
  /** Messages a second, in all rooms together, instead. */
  readonly perSecond?: number;
  readonly textBytes?: number;
  /** Default: 3. */
  readonly seconds?: number;
};

export type Case = { readonly title: string; readonly load: Load; readonly peers: readonly PeerName[] };

const ALL: readonly PeerName[] = [
  ...(["ws", "socket.io", "nats", "bun", "c"] as const),
  ...(["hub", "hub-wide", "chat-plain", "chat-v1"] as const),
];
const WITHOUT_WIDE = ALL.filter((name) => name !== "hub-wide");
const GRID: readonly PeerName[] = ["bun", "c", "hub", "chat-plain", "chat-v1"];

const OUTSTANDING = 64;

export const CASES: Readonly<Record<string, Case>> = {
  "saturated-200": saturated(200, ALL),
  "saturated-1000": saturated(1_000, ALL),
  "one-sender-200": {
    title: `Saturated by one: the same from a single sender, whose messages a server finds ${OUTSTANDING} at a time`,
    load: { members: 200, senders: 1, outstanding: OUTSTANDING },
    peers: ALL,
  },
  "paced-200": paced(600, 200),
  "paced-1000": paced(80, 1_000),
  "idle-200": {
    title: "One message a second to 200 members: what it costs to wait for company",
    load: { members: 200, senders: 64, perSecond: 1, seconds: 10 },
    peers: WITHOUT_WIDE,
  },
  "one-to-one": {
    title: "Two members, 64 messages outstanding",
    load: { members: 2, senders: 2 },
    peers: ["ws-echo", "ws", "bun", "c", "hub", "chat-plain", "chat-v1"],
  },
  "one-at-a-time": {
    title: "Two members, one message outstanding",
    load: { members: 2, senders: 1, outstanding: 1 },
    peers: ["ws-echo", "ws", "bun", "c", "hub", "chat-plain", "chat-v1"],
  },
  "rooms-1x1000": inRooms(1, 1_000),
  "rooms-10x100": inRooms(10, 100),
  "rooms-100x10": inRooms(100, 10),
  "rooms-500x2": inRooms(500, 2),
  "rooms-1000x10": inRooms(1_000, 10),
  "paced-1000x10": {
    title: "1,000 rooms of 10 members, 1,000 messages a second in all",
    load: { members: 10_000, rooms: 1_000, senders: 5, perSecond: 1_000 },
    peers: GRID,
  },
  "size-20": sized(20, "20 bytes"),
  "size-100": sized(100, "100 bytes"),
  "size-1k": sized(1_024, "1 KiB"),
  "size-8k": sized(8_192, "8 KiB"),
};

function saturated(members: number, peers: readonly PeerName[]): Case {
  return {
    title: `Saturated: ${members.toLocaleString("en")} members of one room, ${OUTSTANDING} messages outstanding`,
    load: { members, senders: 64, outstanding: OUTSTANDING },
    peers,
  };
}

function paced(perSecond: number, members: number): Case {
  return {
    title: `Paced: ${perSecond} messages a second to ${members.toLocaleString("en")} members`,
    load: { members, senders: 64, perSecond },
    peers: WITHOUT_WIDE,
  };
}

function inRooms(rooms: number, each: number): Case {
  const outstanding = Math.max(OUTSTANDING, rooms);
  return {
    title: `${rooms.toLocaleString("en")} × ${each.toLocaleString("en")}: rooms × members, ${outstanding} outstanding`,
    load: { members: rooms * each, rooms, senders: Math.min(64, each), outstanding },
    peers: GRID,
  };
}

function sized(textBytes: number, words: string): Case {
  return {
    title: `Texts of ${words}: 200 members of one room, ${OUTSTANDING} messages outstanding`,
    load: { members: 200, senders: 64, outstanding: OUTSTANDING, textBytes },
    peers: GRID,
  };
}
