import type { MessageRecord, OutboxStorage } from "./storage.ts";

/** Keeps everything for as long as the process lives, for one client: nobody is there to adopt anything. */
export function memoryStorage(): OutboxStorage {
  const messages = new Map<string, MessageRecord>();
  let session: string | undefined;
  return {
    isShared: false,
    session: async (made) => {
      session ??= made;
      return session;
    },
    put: async (record) => void messages.set(record.id, record),
    remove: async (id) => void messages.delete(id),
    withdraw: async (id) => messages.delete(id),
    records: async () => [...messages.values()],
    adopt: async () => [],
    close: () => {},
  };
}
