import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 20;

/** Asks again and again until the answer is as it should be, and fails with `what` when it is not in time. */
export async function until<Answer>(
  look: () => Promise<Answer> | Answer,
  isSo: (answer: Answer) => boolean,
  what: string,
  withinMs = 15_000,
): Promise<Answer> {
  const before = performance.now();
  for (;;) {
    const answer = await look();
    if (isSo(answer)) return answer;
    if (performance.now() - before > withinMs) {
      throw new Error(`not within ${withinMs} ms: ${what}; the last was ${JSON.stringify(answer)}`);
    }
    await pause(LOOK_EVERY_MS);
  }
}
