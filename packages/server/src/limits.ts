/**
 * Every limit that keeps somebody from filling this server up or holding others up, in one place: its value, what it
 * is measured in, the option that sets it if there is one, the attack it is there for, and what the one who meets it
 * is told. docs/security.md has this table, held to it by a test.
 *
 * Those of natter.v1 itself are constants of `@natter/protocol`, for clients know them too. Only what somebody would
 * really set is an option: the others have a reason and no knob.
 */

import { limits as protocol } from "@natter/protocol";
import { PAGES_AT_A_TIME } from "./access/page-turns.ts";
import { type Config, flagOf, OPTIONS } from "./config/options.ts";
import { MAX_WAITING_BYTES, MAX_WAITING_DRAFTS, MAX_WAITING_MS } from "./rooms/backlog.ts";

/** Milliseconds for a request's headers, for all of it, and for the WebSocket handshake. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Connections that a port takes, in all and of an address, beyond those of WebSocket. */
export const EXTRA_CONNECTIONS = 256;
/** HTTP requests and handshakes of an address: a page is a dozen, and many people may share an address. */
export const REQUESTS_PER_SECOND = 100;
/** The same at once: everybody there comes back after a restart. */
export const REQUESTS_AT_ONCE = 1_000;
/** Requests of one connection whose answers it has not taken yet. */
export const MAX_OPEN_REQUESTS = 8;
/** Milliseconds that it may take nothing of them: from that to twice that, for what the kernel took looks like more. */
export const ANSWER_TIMEOUT_MS = 15_000;
/** Pieces of one message. */
export const MAX_FRAGMENTS = 128;
/** Bytes that may wait for one slow reader, past what the kernel took. */
export const MAX_WAITING_FOR_READER_BYTES = 1_048_576;
/** The same for all slow readers together: what a small machine can spare. */
export const MAX_WAITING_FOR_READERS_BYTES = 268_435_456;
/** Pings and pongs of one connection a second, in bursts of five times that. */
export const CONTROL_FRAMES_PER_SECOND = 20;
/** Lines a second of who comes and goes, on standard output. */
export const PRINTED_LINES_PER_SECOND = 100;
/** Lines a second of who is refused, on standard error. */
export const REFUSALS_LOGGED_PER_SECOND = 10;

export type Limit = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The option that sets it; constants have none. */
  readonly option?: keyof Config;
  /** What it is there for. */
  readonly attack: string;
  /** What happens to the one who meets it. */
  readonly told: string;
};

const rated = "error `rate_limited` with `retryAfterMs`; as many again within 10 s: 1008";

export const LIMITS: readonly Limit[] = [
  {
    ...{ name: "connections in all", value: Number(OPTIONS.maxConnections.fallback), unit: "connections" },
    option: "maxConnections",
    attack: "taking all file descriptors and memory",
    told: "HTTP 503 with `Retry-After`",
  },
  {
    ...{ name: "connections of an address", value: protocol.maxConnectionsPerAddress, unit: "connections" },
    option: "maxConnectionsPerAddress",
    attack: "one machine that takes all places; of IPv6, a /64 counts as one",
    told: "HTTP 429 with `Retry-After`; loopback is exempt",
  },
  {
    ...{ name: "connections of a person", value: protocol.maxConnectionsPerPerson, unit: "connections" },
    attack: "a name given on one of them, and written to all the others, which do not read",
    told: "1013",
  },
  {
    ...{
      name: "connections of any kind",
      value: EXTRA_CONNECTIONS,
      unit: "more than of WebSocket, in all on each port, of an address on that of the page",
    },
    attack: "keeping open what never becomes a WebSocket, with a request now and then",
    told: "the connection is cut; loopback and trusted proxies have no limit of an address",
  },
  {
    ...{ name: "handshake", value: HANDSHAKE_TIMEOUT_MS, unit: "ms" },
    attack: "half a header from thousands of sockets (slowloris)",
    told: "HTTP 408, then the connection is cut",
  },
  {
    ...{
      name: "requests of an address",
      value: REQUESTS_PER_SECOND,
      unit: "HTTP requests and handshakes a second, 1,000 at once",
    },
    attack: "connecting and hanging up as fast as it goes; asking for the page without end",
    told: "HTTP 429 with `Retry-After`; loopback is exempt",
  },
  {
    ...{ name: "answers not taken", value: MAX_OPEN_REQUESTS, unit: "HTTP requests of a connection" },
    attack: "asking for a file a thousand times in one write, and reading nothing: each would stay open",
    told: "the connection is cut",
  },
  {
    ...{
      name: "an answer of which nothing is taken",
      value: ANSWER_TIMEOUT_MS,
      unit: "ms, twice that at most",
    },
    attack: "the same, for ever",
    told: "the connection is cut",
  },
  {
    ...{ name: "hello", value: protocol.helloTimeoutMs, unit: "ms" },
    attack: "connecting and saying nothing",
    told: "1008",
  },
  {
    ...{ name: "before hello", value: protocol.maxBytesBeforeHello, unit: "bytes" },
    attack: "having strangers' frames parsed",
    told: "1008",
  },
  {
    ...{ name: "frame", value: protocol.maxFrameBytes, unit: "bytes" },
    attack: "a length of 2^63; a frame that fills the memory",
    told: "1009, by its header, before its payload is read",
  },
  {
    ...{ name: "text", value: protocol.maxTextBytes, unit: "bytes" },
    attack: "filling the disk, and everybody's screen",
    told: "error `text_too_long`; a plain client: 1009",
  },
  {
    ...{ name: "pieces of a message", value: MAX_FRAGMENTS, unit: "fragments" },
    attack: "one-byte pieces without end (CVE-2026-48779)",
    told: "1008",
  },
  {
    ...{ name: "unfinished message", value: protocol.messageTimeoutMs, unit: "ms" },
    attack: "a piece a minute, from thousands of connections",
    told: "1008",
  },
  {
    ...{
      name: "pings and pongs",
      value: CONTROL_FRAMES_PER_SECOND,
      unit: "a second, five times that at once",
    },
    attack: "keeping a core busy with answers, without one message",
    told: "1008; 61 in one piece, or unread answers: 1006",
  },
  {
    ...{
      name: "messages of a connection",
      value: protocol.messagesPerSecond,
      unit: "a second, ten times that at once",
    },
    option: "messageRate",
    attack: "flooding a room",
    told: `${rated}; a plain client is read more slowly, then 1008`,
  },
  {
    ...{
      name: "messages of an address",
      value: protocol.messagesPerSecond * protocol.addressRateFactor,
      unit: "a second, ten times that at once",
    },
    option: "messageRate",
    attack: "flooding from many sockets, or coming back for a new burst; coming and going without a word",
    told: `${rated}; a plain client is read more slowly, a burst later 1008, and HTTP 429 with \`Retry-After\` for newcomers`,
  },
  {
    ...{
      name: "bytes of a message",
      value: protocol.bytesPerMessage,
      unit: "bytes a frame; each more begun counts as a message",
    },
    attack:
      "filling the line within the message rate: so a connection has 800 kB a second, an address ten times that",
    told: rated,
  },
  {
    ...{
      name: "requests that read the log",
      value: protocol.readsPerSecond,
      unit: "a second, 200 at once; ten times that for an address",
    },
    attack: "asking for 256 KiB with a hundred bytes, again and again",
    told: rated,
  },
  {
    ...{ name: "pages read for an address", value: PAGES_AT_A_TIME, unit: "pages at a time" },
    attack: "a hundred connections that ask for pages, while everybody's joins and pages wait behind theirs",
    told: "nothing: the next is read when one is done",
  },
  {
    ...{ name: "events of a page", value: protocol.maxPageEvents, unit: "events" },
    attack: "a page of a million",
    told: "error `bad_limit`; a page ends at 256 KiB all the same",
  },
  {
    ...{ name: "rooms of a connection", value: protocol.maxRoomsPerConnection, unit: "rooms" },
    attack: "hearing, and being written, everything",
    told: "error `too_many_rooms`",
  },
  {
    ...{ name: "rooms of a person's list", value: protocol.maxRoomsListed, unit: "rooms" },
    attack: "rows on disk by joining, without one message",
    told: "error `too_many_rooms`",
  },
  {
    ...{
      name: "new rooms of an address",
      value: protocol.newRoomsPerSecond,
      unit: "a second, 5,000 at once",
    },
    attack: "the same, with a new person for each list; rooms that nobody wants, by plain clients",
    told: "error `rate_limited` with `retryAfterMs`; a plain client: 1013",
  },
  {
    ...{ name: "names of a person", value: protocol.namesPerSecond, unit: "a second, 10 at once" },
    attack: "a new name again and again, told to everybody in each of a thousand rooms",
    told: "error `rate_limited` with `retryAfterMs`",
  },
  {
    ...{ name: "rooms with a refused send", value: protocol.maxHeldRooms, unit: "rooms" },
    attack: "an id to be remembered for each room there could be",
    told: "1008",
  },
  {
    ...{ name: "sends under way", value: protocol.maxUnsettledSends, unit: "sends of a connection" },
    attack: "pipelining without end",
    told: "nothing: it is read on when one is settled",
  },
  {
    ...{
      name: "waiting to be stored",
      value: MAX_WAITING_MS,
      unit: "ms, of the oldest or as fast as all were stored of late, in all rooms or where a room waits alone, in that",
    },
    attack: "more than the disk takes",
    told: "error `busy` with `retryAfterMs`; a plain client: 1013",
  },
  {
    ...{ name: "waiting to be stored", value: MAX_WAITING_DRAFTS, unit: "messages, in all rooms" },
    attack: "the same, all at once",
    told: "the same",
  },
  {
    ...{ name: "waiting to be stored", value: MAX_WAITING_BYTES, unit: "bytes, in all rooms" },
    attack: "the same, with long ones",
    told: "the same",
  },
  {
    ...{ name: "waiting for a slow reader", value: MAX_WAITING_FOR_READER_BYTES, unit: "bytes of memory" },
    attack: "not reading what one asked for",
    told: "nothing: it goes on from the log; a plain client: 1006",
  },
  {
    ...{
      name: "waiting for slow readers",
      value: MAX_WAITING_FOR_READERS_BYTES,
      unit: "bytes of memory, in all",
    },
    attack: "the same, on thousands of connections: each may hold what is left of it, but 16 KiB at least",
    told: "the same; past it, those who hold most: 1006",
  },
  {
    ...{ name: "a reader that takes nothing", value: protocol.slowReaderTimeoutMs, unit: "ms" },
    attack: "the same, for ever",
    told: "1006",
  },
  {
    ...{ name: "silence", value: protocol.heartbeatMs, unit: "ms until a ping, and as long again" },
    attack: "connections that are long dead",
    told: "1006",
  },
  {
    ...{ name: "lines printed", value: PRINTED_LINES_PER_SECOND, unit: "a second, of who comes and goes" },
    attack: "filling the disk with a log",
    told: "nothing; the log says how many more there were",
  },
  {
    ...{ name: "refusals logged", value: REFUSALS_LOGGED_PER_SECOND, unit: "a second" },
    attack: "the same",
    told: "nothing; the log says how many more there were",
  },
];

/** How docs/security.md names what sets a limit. */
export function setterOf({ option }: Limit): string {
  return option === undefined ? "" : `\`--${flagOf(option)}\``;
}
