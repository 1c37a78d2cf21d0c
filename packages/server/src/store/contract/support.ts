import { StoreError, type StoreErrorCode } from "../errors.ts";
import type { Draft, Store } from "../store.ts";

/** Declares a test that gets a store of its own. */
export type StoreTest = (title: string, run: (store: Store) => Promise<void>) => void;

export function draft(
  id: string,
  over: { text?: string; sender?: string; name?: string; at?: number } = {},
): Draft {
  const { text = `text of ${id}`, sender = "ada", name = "Ada", at = 1_700_000_000_000 } = over;
  return { kind: "message", id, at, from: { id: sender, name }, text };
}

export function drafts(count: number, prefix = "m"): Draft[] {
  return Array.from({ length: count }, (_, i) => draft(`${prefix}${i + 1}`));
}

export function failsWith(code: StoreErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code;
}

export async function textsOf(store: Store, room: string): Promise<string[]> {
  return (await store.read(room, { after: 0, limit: 1000 })).events.map(({ text }) => text);
}
