import { readFileSync } from "node:fs";
import { EXTRA_CONNECTIONS } from "./limits.ts";
import type { Log } from "./log/log.ts";

/** The database, its threads, the pages that are being sent, and what Node keeps for itself. */
const FILES = 100;

/** Tells, once, when this process may not have as many files and sockets open as its limit on connections needs. */
export function warnOfFewDescriptors(maxConnections: number, log: Log, limits = limitsOfProcess()): void {
  const limit = descriptorsOf(limits);
  const needed = maxConnections + 2 * EXTRA_CONNECTIONS + FILES;
  if (limit === undefined || limit >= needed) return;
  const reason =
    `At most ${limit} files and sockets may be open, and --max-connections ${maxConnections} needs ${needed}: raise ` +
    "the limit (ulimit -n, or LimitNOFILE= in a unit of systemd), or lower --max-connections.";
  log("few_descriptors", { reason });
}

/** As Linux tells it; other systems do not. */
function limitsOfProcess(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}

/** The soft limit, which Node raises to the hard one as it starts. `undefined`: none, or none that is told. */
function descriptorsOf(limits: string): number | undefined {
  const soft = /^Max open files +(\d+) /m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
