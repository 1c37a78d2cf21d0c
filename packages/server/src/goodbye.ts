import type { Hub } from "@natter/hub";
import type { Clock } from "./ports.ts";
import type { Backlog } from "./rooms/backlog.ts";
import { sayRestarting, type Visitor } from "./visitors.ts";

/** Time to store what was taken before, in ms: as much as may wait takes a disk two or three seconds. */
const DRAIN_TIMEOUT_MS = 5_000;
const REASON = "The server is stopping.";

/**
 * Stores what is under way and says goodbye: to those of natter.v1 with 1012 and when to come back, each at another
 * moment (X7, M5), to plain clients with 1001. Nobody comes in any more. Resolves when all are gone.
 */
export async function sayGoodbye({
  hub,
  backlog,
  clock,
}: {
  hub: Hub<Visitor>;
  backlog: Backlog;
  clock: Clock;
}): Promise<void> {
  hub.deny(1012, REASON);
  // What is on its way to the disk is acknowledged first, if the disk does its part.
  await Promise.race([
    backlog.close(),
    new Promise<void>((resolve) => clock.after(DRAIN_TIMEOUT_MS, resolve)),
  ]);
  sayRestarting(hub.clients.values());
  await hub.close({ code: 1001, reason: REASON });
}
