import type { StoredEvent } from "../store/store.ts";

/** What tells whether a log is still the one that somebody knows: an event by id and time. */
export type LastEvent = { readonly last?: string; readonly lastAt?: number };

export function lastOf(event: StoredEvent | undefined): LastEvent {
  return event === undefined ? {} : { last: event.id, lastAt: event.at };
}

/** Whether the log had another event there. Of a trimmed one nothing is known. */
export function isOther({ id, at }: StoredEvent, { last, lastAt }: LastEvent): boolean {
  return last !== undefined && (last !== id || lastAt !== at);
}
