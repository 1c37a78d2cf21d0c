/** The longest first wait, in ms: a network that dropped one connection mostly takes the next. */
const BASE_MS = 500;
/** The longest wait of all, in ms. */
const MAX_MS = 30_000;
/** No server may keep a client away for longer, in ms, whatever it says; nor do timers take any number. */
export const MAX_ASKED_MS = 3_600_000;

/**
 * How long to wait before the next try, in ms: full jitter, from 0 up to a bound that doubles with each try. The bound
 * is clamped first and the draw made after, or all who waited longest would come back at the same moment.
 *
 * @param attempt tries that failed in a row, from 1
 * @param askedMs what the server asked for: never less than that, and at random above it
 */
export function backoffMs(attempt: number, random: () => number, askedMs = 0): number {
  const bound = Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1));
  return Math.round(Math.min(askedMs, MAX_ASKED_MS) + random() * bound);
}
