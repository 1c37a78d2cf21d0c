/**
 * A bus over Redis or Valkey. This is where to start reading; beside it:
 *
 *   redis-bus.ts   the bus: when it is up, who else is there
 *   topics.ts      who listens to what
 *   leases.ts      for how long nothing was heard of the other nodes
 *   message.ts     what is published
 *   line.ts        the way to all of a bus, cluster or not; link.ts, one connection of it
 *   cluster.ts     which node of a cluster has which channel
 *   address.ts     the URL; refusals.ts, what is said where it is wrong
 */
import type { Log } from "../../log/log.ts";
import { parseRedisUrl } from "./address.ts";
import { RedisBus } from "./redis-bus.ts";

/**
 * Resolves once the bus is up, or has failed the first try: then it goes on trying. Nothing is stored in that Redis.
 *
 * @param of.url `redis://user:password@host:port`, `rediss://` for TLS
 * @param of.namespace buses hear one another only within it; the log's epoch
 * @param of.onState told whether hints get through, and if not, why: at first, and when either changes
 * @param of.log hears of listeners that threw
 * @throws {StartError} for what can never be up, without the password
 */
export async function openRedisBus(of: {
  url: string;
  namespace: string;
  onState?: (isUp: boolean, reason: string) => void;
  log?: Log;
}): Promise<RedisBus> {
  const { url, ...options } = of;
  return await RedisBus.open({ ...options, address: parseRedisUrl(url) });
}
