import type { LogEvent } from "./events.ts";

/** Said on stdout already to whoever sits at the terminal. */
const SAID_ALREADY: readonly LogEvent[] = ["started", "stopping", "stopped"];

/** A line of the log for a terminal: `2026-01-01T00:00:00.000Z warn refused status=403 reason="…"`. */
export function asText(line: string): string {
  const { level, time, event, pid: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
  if (SAID_ALREADY.includes(event as LogEvent)) return "";
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${[time, level, event, ...shown].join(" ")}\n`;
}
