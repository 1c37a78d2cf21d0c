import type { Bus } from "./bus/bus.ts";
import { createMemoryBus } from "./bus/memory.ts";
import { openRedisBus } from "./bus/redis/open.ts";
import type { Config } from "./config/options.ts";
import type { Log } from "./log/log.ts";
import type { Clock } from "./ports.ts";

/** @param host of the bus, for people to read; undefined where the node is alone */
export type OpenedBus = { readonly bus: Bus; readonly host: string | undefined };

/**
 * The bus that was asked for. A Redis that is away is no reason not to start: it is logged, and what goes by it is late.
 *
 * @param epoch of the log: nodes hear of each other only where they share it
 * @throws {StartError} for what can never work
 */
export async function openBus({ busUrl }: Config, epoch: string, log: Log, clock: Clock): Promise<OpenedBus> {
  if (busUrl === undefined) return { bus: createMemoryBus(), host: undefined };
  let downSince: number | undefined;
  const onState = (isUp: boolean, reason: string): void => {
    if (!isUp) {
      downSince ??= clock.elapsed();
      log("bus_lost", { reason });
    } else if (downSince !== undefined) {
      log("bus_recovered", { ms: Math.round(clock.elapsed() - downSince) });
      downSince = undefined;
    }
  };
  const bus = await openRedisBus({ url: busUrl.href, namespace: epoch, onState, log });
  return { bus, host: busUrl.host };
}
