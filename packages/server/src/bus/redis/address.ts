import { StartError } from "../../start-error.ts";

/** Where a Redis is, and as whom to talk to it. */
export type RedisAddress = {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
};

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://user:password@host:port` or `rediss://` (TLS). A database number behind it does not matter:
 * nothing is stored.
 *
 * @throws {StartError} without any of the URL in it, for a password may stand anywhere in one that is wrong
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.parse(url);
  const isTls = parsed?.protocol === "rediss:";
  const isPlain =
    parsed !== null && (isTls || parsed.protocol === "redis:") && /^(\/\d*)?$/.test(parsed.pathname);
  const [username, password] = [decoded(parsed?.username), decoded(parsed?.password)];
  if (
    !isPlain ||
    parsed.hostname === "" ||
    parsed.search + parsed.hash !== "" ||
    username === undefined ||
    password === undefined
  ) {
    throw new StartError(
      "the bus's URL is not of the form redis://user:password@host:port, or rediss:// for TLS: mend it " +
        "(in the password, write / ? # @ and % as %2F %3F %23 %40 and %25).",
    );
  }
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: parsed.port === "" ? DEFAULT_PORT : Number(parsed.port),
    isTls,
    ...(username && { username }),
    ...(password && { password }),
  };
}

/** What may be shown of it. */
export function shown({ host, port, isTls }: RedisAddress): string {
  return `${isTls ? "rediss" : "redis"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function decoded(text = ""): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a broken percent-escape
  }
}
