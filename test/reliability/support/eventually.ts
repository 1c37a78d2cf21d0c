import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 5;

/** Waits until it is so, and fails with `what` when it is not in time. @returns how long it took, in ms */
export async function eventually(
  isSo: () => boolean,
  what: string | (() => string),
  withinMs = 10_000,
): Promise<number> {
  const before = performance.now();
  while (!isSo()) {
    const elapsedMs = performance.now() - before;
    if (elapsedMs > withinMs) {
      throw new Error(`not within ${withinMs} ms: ${typeof what === "string" ? what : what()}`);
    }
    await pause(LOOK_EVERY_MS);
  }
  return performance.now() - before;
}
