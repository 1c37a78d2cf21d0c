import type { Clock } from "../ports.ts";

/**
 * Writes lines that strangers cause, such as refusals, and no more of them than somebody can read: the rest is
 * counted. The attack is to fill the disk with a log.
 */
export function limitedLines(
  write: (line: string) => void,
  clock: Clock,
  linesPerSecond: number,
): (line: string) => void {
  let second = Number.NEGATIVE_INFINITY;
  let lines = 0;
  return (line) => {
    const now = clock.elapsed();
    if (now - second >= 1_000) {
      if (lines > linesPerSecond) write(`and ${lines - linesPerSecond} more like this`);
      second = now;
      lines = 0;
    }
    lines++;
    if (lines <= linesPerSecond) write(line);
  };
}
