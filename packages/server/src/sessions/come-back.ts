/** When clients are to come back after a restart: spread out, in ms, so that they do not all come at once. */
const COME_BACK_MS = { least: 500, most: 5_000 };
/** Its multiples, modulo 1, lie as far from each other as can be, however many there are (the golden ratio). */
const SPREAD = 0.618_033_988_749_895;

/**
 * After how many ms a connection's client is to come back (M5, X7): however often it is told, the same; and for those
 * who are connected at the same time, evenly from half a second to five.
 */
export function comeBackMs(connection: number): number {
  const { least, most } = COME_BACK_MS;
  return Math.round(least + ((connection * SPREAD) % 1) * (most - least));
}
