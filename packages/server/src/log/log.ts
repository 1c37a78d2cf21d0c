import { pino } from "pino";
import { LOG_EVENTS, type LogEvent, type LogFields, type LogLevel } from "./events.ts";
import { asText } from "./text.ts";

/** Writes one event. What is not in its list of fields cannot be said. */
export type Log = <Event extends LogEvent>(event: Event, fields: LogFields<Event>) => void;

/** Where lines go; process.stderr is one. */
export type LogStream = { readonly isTTY?: boolean; write(text: string): unknown };

/** For whoever must not say anything, such as tests of parts. */
export const SILENT_LOG: Log = () => {};

/**
 * The log of a server: a line of JSON for each event, or of text where a person looks on.
 *
 * @param level the least that is written
 */
export function createLog(level: LogLevel | "silent", stream: LogStream): Log {
  const write = (line: string): void => void stream.write(stream.isTTY ? asText(line) : line);
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (event, fields) => logger[LOG_EVENTS[event].level]({ event, ...fields });
}

/** A field for an error that nobody expected: where it came from, and no more of it than a line can bear. */
export function stackOf(error: unknown): string {
  return String((error instanceof Error && error.stack) || error).slice(0, 2_000);
}
