import type { MessageRecord, OutboxStorage } from "./storage.ts";

/** Keeps everything for as long as the process lives. */
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
    withdraw: async (id) => messages.get(id)?.isAdopted === false && messages.delete(id),
    records: async () => [...messages.values()],
    adopt: async (owner) => {
      const adopted = [...messages.values()].filter((record) => record.owner === owner);
      for (const record of adopted) messages.set(record.id, { ...record, isAdopted: true });
      return adopted;
    },
    close: () => {},
  };
}
