import { REFUSALS_LOGGED_PER_SECOND } from "../limits.ts";
import type { Clock } from "../ports.ts";
import type { LogEvent } from "./events.ts";
import type { Log } from "./log.ts";

/** What a stranger can bring about as often as they like. A mistake in natter is one of them, once it is found. */
const BY_STRANGERS: ReadonlySet<LogEvent> = new Set(["refused", "cut_off", "trouble", "unexpected"]);

/**
 * Logs no more of what strangers cause than somebody can read: the rest is counted. The attack is to fill the disk with
 * a log. A server has one of these, for each event is counted here, whichever part of it tells.
 */
export function limitedLog(log: Log, clock: Clock): Log {
  const lines = new Map<LogEvent, number>();
  const endSecondOf = (event: LogEvent): void => {
    const count = lines.get(event)! - REFUSALS_LOGGED_PER_SECOND;
    if (count > 0) log("left_out", { of: event, count });
    lines.delete(event);
  };
  return (event, fields) => {
    if (!BY_STRANGERS.has(event)) return log(event, fields);
    const line = (lines.get(event) ?? 0) + 1;
    if (line === 1) clock.after(1_000, () => endSecondOf(event));
    lines.set(event, line);
    if (line <= REFUSALS_LOGGED_PER_SECOND) log(event, fields);
  };
}
