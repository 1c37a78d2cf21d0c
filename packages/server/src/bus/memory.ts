import type { Bus, BusListener, Hint, HintListener, Topic } from "./bus.ts";

const REACHED_NOBODY = Promise.resolve(0);

type Node = {
  readonly listeners: Map<Topic, Set<HintListener>>;
  listener: Partial<BusListener>;
  isUp: boolean;
};

/** Nodes within one process: of a server alone there is one, and no other to tell anything. */
export class MemoryNetwork {
  readonly #nodes = new Map<string, Node>();
  readonly #carry: (deliver: () => void) => void;
  #named = 0;

  /** @param carry delivers a hint later, in the order of the calls, or never. Default: in this turn. */
  constructor(carry: (deliver: () => void) => void = queueMicrotask) {
    this.#carry = carry;
  }

  join(): Bus {
    const name = `n${++this.#named}`;
    const node: Node = { listeners: new Map(), listener: {}, isUp: true };
    this.#nodes.set(name, node);
    return {
      node: name,
      get isUp() {
        return node.isUp;
      },
      publish: (topic, hint) => this.#publish(name, topic, hint),
      subscribe: async (topic, listener) => {
        const listeners = node.listeners.get(topic) ?? new Set();
        node.listeners.set(topic, listeners.add(listener));
        return () => {
          listeners.delete(listener);
          if (listeners.size === 0 && node.listeners.get(topic) === listeners) node.listeners.delete(topic);
        };
      },
      listen: (listener) => {
        node.listener = listener;
      },
      close: async () => {
        if (!this.#nodes.delete(name)) return;
        for (const other of this.#nodes.values()) other.listener.gone?.(name);
      },
    };
  }

  /** Nothing gets to that node any more, or from it. */
  cut(name: string): void {
    const node = this.#nodes.get(name);
    if (!node?.isUp) return;
    node.isUp = false;
    node.listener.down?.();
  }

  mend(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined || node.isUp) return;
    node.isUp = true;
    node.listener.back?.();
    for (const [other, { isUp, listener }] of this.#nodes) if (isUp && other !== name) listener.back?.(name);
  }

  #publish(from: string, topic: Topic, hint: Hint): Promise<number> {
    if (this.#nodes.size === 1 || !this.#nodes.get(from)?.isUp) return REACHED_NOBODY;
    let reached = 0;
    for (const [name, { isUp, listeners }] of this.#nodes) {
      const heard = isUp && name !== from ? listeners.get(topic) : undefined;
      if (heard === undefined) continue;
      reached++;
      for (const listener of heard) this.#carry(() => heard.has(listener) && listener(hint, from));
    }
    return Promise.resolve(reached);
  }
}

/** The bus of a single node. */
export function createMemoryBus(): Bus {
  return new MemoryNetwork().join();
}
