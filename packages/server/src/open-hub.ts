import { Hub } from "@natter/hub";
import { limits, SUBPROTOCOL } from "@natter/protocol";
import { addressReader } from "./access/client-address.ts";
import type { MessageRate } from "./access/message-rate.ts";
import type { AccessPolicy } from "./access/policy.ts";
import type { RequestRate } from "./access/request-rate.ts";
import type { Config } from "./config/options.ts";
import {
  CONTROL_FRAMES_PER_SECOND,
  HANDSHAKE_TIMEOUT_MS,
  MAX_FRAGMENTS,
  MAX_WAITING_FOR_READER_BYTES,
  MAX_WAITING_FOR_READERS_BYTES,
} from "./limits.ts";
import type { Log } from "./log/log.ts";
import { systemClock as clock } from "./ports.ts";
import type { Certificate } from "./tls.ts";
import { admit, onSlow, type Visitor } from "./visitors.ts";

/** Time that clients have to answer the goodbye, in ms. */
const CLOSE_TIMEOUT_MS = 3_000;

/** The hub with natter's limits and rules; its port is not open yet. */
export function createHub(
  config: Config,
  {
    access,
    rate,
    requests,
    tls,
    log,
  }: {
    access: AccessPolicy;
    rate: MessageRate;
    requests: RequestRate;
    tls: Certificate | undefined;
    log: Log;
  },
): Hub<Visitor> {
  const silent = (): void => {};
  return new Hub<Visitor>({
    port: config.wsPort,
    host: config.host,
    ...(tls && { tls }),
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    pingIntervalMs: limits.heartbeatMs,
    stalledTimeoutMs: limits.slowReaderTimeoutMs,
    maxMessageBytes: limits.maxFrameBytes,
    messageTimeoutMs: limits.messageTimeoutMs,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    maxFragments: MAX_FRAGMENTS,
    maxControlFramesPerSecond: CONTROL_FRAMES_PER_SECOND,
    maxWaitingBytes: MAX_WAITING_FOR_READER_BYTES,
    maxWaitingBytesInAll: MAX_WAITING_FOR_READERS_BYTES,
    maxConnections: config.maxConnections,
    maxConnectionsPerAddress: config.maxConnectionsPerAddress,
    addressOf: addressReader(config.trustProxy),
    protocols: [SUBPROTOCOL],
    admit: admit({
      access,
      proxies: config.trustProxy,
      mayAsk: (address) => requests.take(address, clock.elapsed()),
      mayArrive: (address) => rate.takeArrival(address, clock.elapsed()),
    }),
    onSlow,
    // What else it says is said in natter's own words, see watch-hub.ts.
    logger: {
      error: (reason) => log("trouble", { reason: String(reason) }),
      warn: silent,
      info: silent,
      debug: silent,
    },
  });
}
