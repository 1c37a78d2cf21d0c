import { StartError } from "../../start-error.ts";
import { type RedisAddress, shown } from "./address.ts";
import type { Hello } from "./link.ts";

const OLDEST_REDIS = 7;

/** @throws {StartError} where it is no Redis that natter can use */
export function checkServer({ server, version, mode }: Hello, address: RedisAddress): void {
  if (mode === "sentinel") {
    throw new StartError(
      `the bus at ${shown(address)} is a Sentinel: give the address of the Redis it watches.`,
    );
  }
  if (server !== "valkey" && Number.parseInt(version, 10) < OLDEST_REDIS) {
    throw tooOld(address, `Redis ${version}`);
  }
}

/**
 * Why there is no connection: a `StartError` if that can never be one, else whatever it was. The original is never
 * passed on where it may hold the password.
 */
export function refusalOf(error: unknown, address: RedisAddress): Error {
  if (error instanceof StartError) return error;
  const { message } = error as Error;
  const code = String((error as NodeJS.ErrnoException).code);
  const { isTls } = address;
  const bus = `the bus at ${shown(address)}`;
  if (/^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/.test(message)) {
    return new StartError(`${bus} refuses the user or the password: mend them in its URL.`);
  }
  if (message.startsWith("NOPERM")) {
    return new StartError(
      `${bus} does not let this user do what natter needs (${message}): allow the commands hello, ping, publish, ` +
        "subscribe and unsubscribe, in a cluster spublish, ssubscribe, sunsubscribe and cluster|slots, and the channels natter:*.",
    );
  }
  if (/^(NOPROTO|ERR unknown command)/.test(message)) return tooOld(address, "an old Redis");
  if (message.startsWith("Unknown RESP type") || code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    const how = isTls ? "with" : "without";
    return new StartError(`what answers at ${shown(address)} is no Redis, or not ${how} TLS: mend its URL.`);
  }
  if (/^(ERR_TLS_|CERT_|UNABLE_TO_)|SELF_SIGNED_CERT/.test(code)) {
    return new StartError(
      `${bus} cannot be trusted (${code}): it needs a certificate that Node trusts, or NODE_EXTRA_CA_CERTS to name it.`,
    );
  }
  return new Error(message);
}

function tooOld(address: RedisAddress, what: string): StartError {
  return new StartError(
    `the bus at ${shown(address)} is ${what}: natter needs Redis ${OLDEST_REDIS} or later, or Valkey.`,
  );
}
