import { makeSession } from "@natter/protocol";
import { type ChatError, storageFailed } from "./errors.ts";
import type { OutboxStorage } from "./storage/storage.ts";

/** Tries to get the session from the storage, before one is used that is not kept. */
const TRIES = 3;

/**
 * Who the person is: stored before it is told to anybody (I1). Where the storage is of no use, it lasts as long as this
 * client.
 */
export async function keptSession(
  storage: OutboxStorage,
  report: (error: ChatError) => void,
): Promise<string> {
  const made = makeSession();
  for (let tries = TRIES; tries > 0; tries--) {
    try {
      return await storage.session(made);
    } catch (cause) {
      report(storageFailed(cause, tries > 1));
    }
  }
  return made;
}
