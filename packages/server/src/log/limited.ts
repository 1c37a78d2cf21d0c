import { REFUSALS_LOGGED_PER_SECOND } from "../limits.ts";
import type { Clock } from "../ports.ts";
import type { LogEvent, LogFields } from "./events.ts";
import type { Log } from "./log.ts";

/**
 * Logs what strangers cause, such as refusals, and no more of it than somebody can read: the rest is counted. The
 * attack is to fill the disk with a log.
 */
export function limitedEvent<Event extends LogEvent>(
  log: Log,
  event: Event,
  clock: Clock,
): (fields: LogFields<Event>) => void {
  let lines = 0;
  const endOfSecond = (): void => {
    const count = lines - REFUSALS_LOGGED_PER_SECOND;
    if (count > 0) log("left_out", { of: event, count });
    lines = 0;
  };
  return (fields) => {
    if (lines === 0) clock.after(1_000, endOfSecond);
    lines++;
    if (lines <= REFUSALS_LOGGED_PER_SECOND) log(event, fields);
  };
}
