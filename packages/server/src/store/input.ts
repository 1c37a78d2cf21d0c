import { StoreError } from "./errors.ts";
import type { Draft, ReadRange, Retention, StoredEvent } from "./store.ts";
import { MAX_APPEND, MAX_FIND, MAX_HEADS, MAX_READ, MAX_ROOMS } from "./store.ts";

// The limits of texts and names belong to the protocol. These checks keep a mistake in the calling code
// from reaching a transaction that it shares with others.

export function checkName(what: string, value: string): void {
  if (typeof value !== "string" || value === "") throw invalid(`${what} must be a string that is not empty`);
  if (!value.isWellFormed()) throw invalid(`${what} must be well-formed Unicode`);
}

export function checkSeq(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(`${what} must be a whole number from 0 up`);
}

export function checkHeads(rooms: readonly string[]): void {
  if (rooms.length > MAX_HEADS) throw invalid(`heads takes at most ${MAX_HEADS} rooms`);
  for (const room of rooms) checkName("room", room);
}

/** The drafts as they will be stored: copies only where a string was not well-formed. */
export function checkDrafts(room: string, drafts: readonly Draft[]): readonly Draft[] {
  checkName("room", room);
  if (drafts.length > MAX_APPEND) throw invalid(`an append takes at most ${MAX_APPEND} drafts`);
  return drafts.map(checkDraft);
}

function checkDraft(draft: Draft): Draft {
  checkName("id", draft.id);
  checkName("from.id", draft.from.id);
  if (draft.kind !== "message") throw invalid(`kind must be "message"`);
  if (!Number.isSafeInteger(draft.at)) throw invalid("at must be whole milliseconds");
  const { name } = draft.from;
  if (typeof name !== "string" || typeof draft.text !== "string")
    throw invalid("name and text must be strings");
  if (name.isWellFormed() && draft.text.isWellFormed()) return draft;
  const from = { ...draft.from, name: name.toWellFormed() };
  return { ...draft, from, text: draft.text.toWellFormed() };
}

/** The draft at its place in the log, and nothing else that the caller's object may carry. */
export function eventOf(room: string, seq: number, { kind, id, at, from, text }: Draft): StoredEvent {
  const sender = from.plain
    ? { id: from.id, name: from.name, plain: true as const }
    : { id: from.id, name: from.name };
  return { kind, room, seq, id, at, from: sender, text };
}

/** The range with its limit brought down to what a page may hold. */
export function checkRange(range: ReadRange): ReadRange {
  checkSeq("limit", range.limit);
  const limit = Math.min(range.limit, MAX_READ);
  if ("after" in range) {
    checkSeq("after", range.after);
    return { after: range.after, limit };
  }
  checkSeq("before", range.before);
  return { before: range.before, limit };
}

export function checkFind(room: string, sender: string, ids: readonly string[]): void {
  checkName("room", room);
  checkName("sender", sender);
  if (ids.length > MAX_FIND) throw invalid(`a find takes at most ${MAX_FIND} ids`);
  for (const id of ids) checkName("id", id);
}

export function checkRoomsPage(page: { after?: string; limit?: number }): { after: string; limit: number } {
  const { after = "", limit = MAX_ROOMS } = page;
  if (typeof after !== "string") throw invalid("after must be a string");
  checkSeq("limit", limit);
  return { after, limit: Math.min(limit, MAX_ROOMS) };
}

export function checkRetention({ maxEvents, maxAgeMs }: Retention): void {
  if (maxEvents !== undefined) checkSeq("maxEvents", maxEvents);
  if (maxAgeMs !== undefined && !(maxAgeMs >= 0)) throw invalid("maxAgeMs must be 0 or more");
}

function invalid(message: string): StoreError {
  return new StoreError("invalid", `${message}.`);
}
