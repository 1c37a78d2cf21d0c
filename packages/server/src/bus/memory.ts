import type { Bus, BusListener } from "./bus.ts";

/** The bus of a single node: a hint is a call. */
export function createMemoryBus(): Bus {
  const rooms = new Map<string, Set<BusListener>>();
  return {
    publish: async (room, events) => {
      for (const listener of rooms.get(room) ?? []) listener(events);
    },
    subscribe: async (room, listener) => {
      const listeners = rooms.get(room) ?? new Set();
      rooms.set(room, listeners.add(listener));
      return async () => {
        listeners.delete(listener);
        if (listeners.size === 0) rooms.delete(room);
      };
    },
    close: async () => rooms.clear(),
  };
}
