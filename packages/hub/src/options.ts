import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Server as HttpsServer } from "node:https";

import type { Client } from "./client.ts";

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** Where log lines go: `console` unless told otherwise. */
export type Logger = Pick<Console, "error" | "warn" | "info" | "debug">;

/** What `admit` answers: the connection is welcome, with the data it is to carry, or is refused with an HTTP status. */
export type Admission<Data> = { readonly data: Data } | Denial;

/** `retryAfterS`: when it is worth to come again, told in `Retry-After`. */
export type Denial = { readonly refuse: number; readonly reason: string; readonly retryAfterS?: number };

/** Which upgrades of somebody else's HTTP server are the hub's. */
export type AttachOptions = {
  readonly server: HttpServer | HttpsServer;
  /** The only path taken, without its query. Default: every path. */
  readonly path?: string;
};

export type CloseOptions = {
  /** `true` (default): a close frame, and time to answer it. `false`: the connection is cut. */
  readonly graceful?: boolean;
  /** Close code, RFC 6455 section 7.4. Default: 1001 (going away) when the hub closes, else 1000. */
  readonly code?: number;
  /** At most 123 bytes of UTF-8. Default: empty. */
  readonly reason?: string;
};

export type HubOptions<Data = unknown> = {
  /** Port to open on `listen()`; 0 picks a free one, see `hub.address`. Leave out to only attach to servers. */
  readonly port?: number;
  /** Address to open the port on. Default: 127.0.0.1, so that nobody but this machine connects unasked. */
  readonly host?: string;
  /** Makes the port speak `wss://`: PEM texts, not paths. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** An HTTP server to take upgrades from, instead of a port or beside it; `hub.attach()` adds more. */
  readonly server?: HttpServer | HttpsServer;
  /** The only URL path taken, on the port and on `server`. Default: every path. */
  readonly path?: string;

  /**
   * Asked once per handshake, after the hub's own checks. It says what `client.data` is to be, or refuses.
   * If it throws, the handshake ends with 500 and the error is reported like that of any other callback.
   */
  readonly admit?: (request: IncomingMessage) => Admission<Data> | Promise<Admission<Data>>;
  /**
   * Subprotocols spoken here, the preferred first. A client that offers some but none of these is refused
   * with 400; one that offers none is welcome. Default: none is negotiated, whatever is offered.
   */
  readonly protocols?: readonly string[];

  /**
   * Whose connection it is, as an IP address: for `client.address` and for the limit per address. Default: the peer's.
   * Behind a proxy that is the proxy's own; what a header says instead may be believed of a proxy of yours alone.
   */
  readonly addressOf?: (request: IncomingMessage, peer: string) => string;

  /** Time a connection has for its HTTP request, and `admit` for its answer. Default: 10,000. */
  readonly handshakeTimeoutMs?: number;
  /** Time a client has to answer a close frame before it is cut. Default: 5,000. */
  readonly closeTimeoutMs?: number;
  /** A client silent for so long is pinged, and cut after as long again without a byte. 0: never. Default: 30,000. */
  readonly pingIntervalMs?: number;
  /** A client for whom something waits and who takes none of it for so long is cut. 0: never. Default: 30,000. */
  readonly stalledTimeoutMs?: number;
  /** A client that sends no message for so long is closed with 1000. 0: never (default): listening is not idling. */
  readonly idleTimeoutMs?: number;

  /**
   * Largest message, in one frame or in many, in bytes; a larger one is closed with 1009, a frame from its
   * header alone, before its payload is read. Default: 65,536.
   */
  readonly maxMessageBytes?: number;
  /** Most fragments of one message; more are closed with 1008 (CVE-2026-48779: one-byte fragments without end). Default: 128. */
  readonly maxFragments?: number;
  /**
   * Time in which a message has to be complete, in one frame or in many; a longer one is closed with 1008 (a piece a
   * minute, for ever). A frame that is not complete counts as well. 0: for ever. Default: 30,000.
   */
  readonly messageTimeoutMs?: number;
  /**
   * Pings and pongs of one client a second, over time, in bursts of five times that; more are closed with 1008. `ws`
   * answers each ping, and it is no message. 0: no limit. Default: 20.
   */
  readonly maxControlFramesPerSecond?: number;
  /**
   * The longest that a message waits for others of its room to share a write with, in a room of many members that hears
   * much. None waits where little is said. 0: never. Default: 10.
   */
  readonly maxWindowMs?: number;
  /**
   * What may wait for one slow reader, in bytes of memory, past what the kernel took: each turn's messages count 450
   * bytes more than they have. A client over it is cut; it sees 1006. One turn's messages are always accepted when
   * nothing else waits. Default: 1,048,576.
   */
  readonly maxWaitingBytes?: number;
  /**
   * The same for all slow readers together: each may hold what is left of it, though 16 KiB at least, and no more than
   * `maxWaitingBytes`. So the more are slow, the less waits for each. Past it, those who hold most are cut, kept by
   * `onSlow` or not. Default: 268,435,456.
   */
  readonly maxWaitingBytesInAll?: number;
  /**
   * Asked when more waits for a client than may: cut it, or keep it, having taken it out of the
   * rooms it cannot follow. What was sent to it up to now still waits then. Default: everybody is cut.
   */
  readonly onSlow?: (client: Client<Data>) => "cut" | "keep";
  /**
   * Connections in all; more are refused with 503. The hub's own port takes 256 more than that of any kind, to say so,
   * and cuts what comes then. Default: 20,000.
   */
  readonly maxConnections?: number;
  /**
   * Connections per address, of an IPv6 one per /64, loopback exempt; more are refused with 429. Default: 1,000.
   */
  readonly maxConnectionsPerAddress?: number;

  /** What is logged. Default: "warn". */
  readonly logLevel?: LogLevel;
  /** Default: `console`. */
  readonly logger?: Logger;
};

export const DEFAULTS = {
  host: "127.0.0.1",
  handshakeTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  pingIntervalMs: 30_000,
  stalledTimeoutMs: 30_000,
  idleTimeoutMs: 0,
  maxMessageBytes: 64 * 1024,
  maxFragments: 128,
  messageTimeoutMs: 30_000,
  maxControlFramesPerSecond: 20,
  maxWindowMs: 10,
  maxWaitingBytes: 1024 * 1024,
  maxWaitingBytesInAll: 256 * 1024 * 1024,
  maxConnections: 20_000,
  maxConnectionsPerAddress: 1_000,
  logLevel: "warn",
  logger: console,
} as const satisfies HubOptions;

/** The options with every default filled in. */
export type Settings<Data> = HubOptions<Data> & Required<Pick<HubOptions<Data>, keyof typeof DEFAULTS>>;

const MAY_BE_ZERO = [
  "pingIntervalMs",
  "stalledTimeoutMs",
  "idleTimeoutMs",
  "messageTimeoutMs",
  "maxControlFramesPerSecond",
  "maxWindowMs",
] as const;
const POSITIVE = [
  "handshakeTimeoutMs",
  "closeTimeoutMs",
  "maxMessageBytes",
  "maxFragments",
  "maxWaitingBytes",
  "maxWaitingBytesInAll",
  "maxConnections",
  "maxConnectionsPerAddress",
] as const;
/** Past this, Node's timers fire at once, and `ws` takes a limit for none. */
const MOST = 2 ** 31 - 1;
const LEVELS: readonly LogLevel[] = ["silent", "error", "warn", "info", "debug"];

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} naming the option that is not what it must be
 */
export function settle<Data>(options: HubOptions<Data>): Settings<Data> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...DEFAULTS, ...given } as Settings<Data>;
  for (const name of POSITIVE) requireInteger(name, settings[name], 1, MOST);
  for (const name of MAY_BE_ZERO) requireInteger(name, settings[name], 0, MOST);
  if (settings.port !== undefined) requireInteger("port", settings.port, 0, 65_535);
  if (!LEVELS.includes(settings.logLevel)) {
    throw new RangeError(`logLevel must be one of ${LEVELS.join(", ")}, not ${settings.logLevel}`);
  }
  return settings;
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}

/**
 * Whether a close frame may bear this (RFC 6455 sections 5.5 and 7.4).
 *
 * @throws {RangeError}
 */
export function requireCloseFrame(code: number, reason: string): void {
  const isDefined = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  const isPrivate = code >= 3000 && code <= 4999;
  if (!Number.isInteger(code) || !(isDefined || isPrivate)) {
    throw new RangeError(
      `${code} is no close code that may be sent: 1000 to 1014 but 1004 to 1006, 3000 to 4999`,
    );
  }
  if (Buffer.byteLength(reason) > 123) throw new RangeError("a close reason has at most 123 bytes of UTF-8");
}

/** `logger` with the levels below `level` left out. */
export function atLevel(logger: Logger, level: LogLevel): Logger {
  const least = LEVELS.indexOf(level);
  const silent = (): void => {};
  const pass = (name: Exclude<LogLevel, "silent">) =>
    LEVELS.indexOf(name) <= least ? (...line: unknown[]) => logger[name](...line) : silent;
  return { error: pass("error"), warn: pass("warn"), info: pass("info"), debug: pass("debug") };
}
