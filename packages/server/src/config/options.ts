import { parseProxies, type TrustedProxies } from "../access/client-address.ts";
import { LOG_LEVELS, type LogLevel } from "../log/events.ts";
import { UsageError } from "./usage-error.ts";

/** More file descriptors than any system gives. */
const MOST_CONNECTIONS = 1_000_000;

/**
 * Every option of natter, once: the command line, the environment, `--help` and docs/configuration.md are made
 * from this table, or held to it by a test.
 */
export const OPTIONS = {
  port: {
    value: "PORT",
    fallback: "8000",
    about: "Port of the page, the HTTP API and WebSocket. 0 picks a free one.",
    parse: parsePort,
  },
  wsPort: {
    value: "PORT",
    fallback: "9001",
    about: "Port of WebSocket alone, where plain clients are used to look. 0 picks a free one.",
    parse: parsePort,
  },
  host: {
    value: "ADDRESS",
    fallback: "127.0.0.1",
    about: "Address to listen on. The default lets nobody but this machine in; 0.0.0.0 lets everybody in.",
    parse: parseText,
  },
  data: {
    value: "FOLDER",
    fallback: "./data",
    about: "Where everything is kept. Made if it is not there.",
    parse: parseText,
  },
  databaseUrl: {
    value: "URL",
    fallback: "",
    variable: "DATABASE_URL",
    about: "PostgreSQL to keep everything in, instead of the data folder: several natters may share it.",
    parse: (text: string, name: string) => parseService(text, name, ["postgres:", "postgresql:"]),
  },
  busUrl: {
    value: "URL",
    fallback: "",
    variable: "REDIS_URL",
    about: "Redis or Valkey, by which natters that share a PostgreSQL hear of each other at once.",
    parse: (text: string, name: string) => parseService(text, name, ["redis:", "rediss:"]),
  },
  publicUrl: {
    value: "URL",
    fallback: "",
    about:
      "Address that people open, where that is another, as behind a proxy. Its host and origin are allowed.",
    parse: (text: string, name: string): URL | undefined => (text === "" ? undefined : parseUrl(text, name)),
  },
  allowOrigin: {
    value: "URL",
    fallback: "",
    repeats: true,
    about:
      "One more origin whose pages may connect. Give it as often as needed; in the environment, with commas.",
    parse: (text: string, name: string): readonly string[] =>
      partsOf(text).map((part) => (part === "null" ? part : parseUrl(part, name).origin)),
  },
  trustProxy: {
    value: "ADDRESS",
    fallback: "",
    repeats: true,
    about:
      "A proxy that tells for whom it asks, in Forwarded or X-Forwarded-For: an address, a network such as 10.0.0.0/8, or loopback.",
    parse: parseTrusted,
  },
  maxConnections: {
    value: "COUNT",
    fallback: "20000",
    about: "Connections at a time, in all. Each costs some 12 kB, and a megabyte or so while it is slow.",
    parse: parseMost,
  },
  maxConnectionsPerAddress: {
    value: "COUNT",
    fallback: "1000",
    about:
      "Connections at a time from one address; loopback is exempt. Raise it for a building behind one router.",
    parse: parseMost,
  },
  messageRate: {
    value: "PER_SECOND",
    fallback: "50",
    about:
      "Messages a second that one connection may send, in bursts of ten times that. 0: no limit, for benchmarks.",
    parse: parseRate,
  },
  keepEvents: {
    value: "COUNT",
    fallback: "",
    about: "Newest messages to keep in each room. Without it, all are kept.",
    parse: parseCount,
  },
  keepDays: {
    value: "DAYS",
    fallback: "",
    about: "Days to keep a message. Without it, for ever.",
    parse: parseCount,
  },
  tlsCert: {
    value: "FILE",
    fallback: "",
    about: "Certificate, in PEM form with those that vouch for it: both ports speak TLS. Needs --tls-key.",
    parse: parseOptionalText,
  },
  tlsKey: {
    value: "FILE",
    fallback: "",
    about: "Its private key, in PEM form, without a passphrase. On SIGHUP both files are read anew.",
    parse: parseOptionalText,
  },
  logLevel: {
    value: "LEVEL",
    fallback: "info",
    about: "The least that is logged on stderr: debug, info, warn, error or silent.",
    parse: parseLogLevel,
  },
  metricsAddress: {
    value: "HOST:PORT",
    fallback: "",
    about:
      "Address to serve /metrics for Prometheus on. Without it, nothing is measured. Port 0 picks a free one.",
    parse: parseAddress,
  },
} as const satisfies Record<string, Option<unknown>>;

export type Option<Value> = {
  /** What `--help` calls the value. */
  readonly value: string;
  /** The name that hosts give it in the environment, beside natter's own, which wins. */
  readonly variable?: string;
  /** As it would be typed. */
  readonly fallback: string;
  readonly about: string;
  /** May be given more than once; the values are joined with commas. */
  readonly repeats?: boolean;
  /** @throws {UsageError} naming the option */
  readonly parse: (text: string, name: string) => Value;
};

export type Config = { readonly [Name in keyof typeof OPTIONS]: ReturnType<(typeof OPTIONS)[Name]["parse"]> };

/** `wsPort` is `--ws-port` on the command line. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `wsPort` is `NATTER_WS_PORT` in the environment. */
export function variableOf(name: string): string {
  return `NATTER_${flagOf(name).replaceAll("-", "_").toUpperCase()}`;
}

function parseText(text: string, name: string): string {
  if (text === "") throw new UsageError(`${name} must not be empty.`);
  return text;
}

function parseOptionalText(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function parseLogLevel(text: string, name: string): LogLevel | "silent" {
  const level = ([...LOG_LEVELS, "silent"] as const).find((each) => each === text);
  if (level !== undefined) return level;
  throw new UsageError(`${name} must be one of ${LOG_LEVELS.join(", ")} and silent, not "${text}".`);
}

function parseAddress(text: string, name: string): { host: string; port: number } | undefined {
  if (text === "") return undefined;
  const [, bracketed, plain, port = ""] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d+)$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new UsageError(`${name} must be an address and a port such as 127.0.0.1:9100, not "${text}".`);
}

function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`${name} must be a port, a whole number from 0 to 65535, not "${text}".`);
}

function parseRate(text: string, name: string): number {
  const rate = Number(text);
  if (text.trim() !== "" && Number.isFinite(rate) && rate >= 0) return rate;
  throw new UsageError(`${name} must be a number of messages a second, 0 or more, not "${text}".`);
}

function parseCount(text: string, name: string): number | undefined {
  if (text === "") return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`${name} must be a whole number, 1 or more, not "${text}".`);
}

function parseMost(text: string, name: string): number {
  const most = parseCount(text === "" ? "x" : text, name);
  if (most !== undefined && most <= MOST_CONNECTIONS) return most;
  throw new UsageError(`${name} must be at most ${MOST_CONNECTIONS}, not "${text}".`);
}

function parseTrusted(text: string, name: string): TrustedProxies {
  const names = partsOf(text);
  const wrong = names.find((each) => parseProxies([each]) === undefined);
  const proxies = parseProxies(names);
  if (proxies !== undefined) return proxies;
  throw new UsageError(
    `${name} must be an address, a network such as 10.0.0.0/8, or loopback, not "${wrong}".`,
  );
}

function partsOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** May hold a password, which is never repeated. */
function parseService(text: string, name: string, protocols: readonly string[]): URL | undefined {
  if (text === "") return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && protocols.includes(url.protocol)) return url;
  throw new UsageError(`${name} must be a URL that begins with ${protocols[0]}//.`);
}

function parseUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new UsageError(`${name} must be a URL such as https://chat.example, not "${text}".`);
}
