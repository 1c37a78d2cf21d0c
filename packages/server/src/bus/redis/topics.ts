import type { HintListener } from "../bus.ts";
import type { Line } from "./line.ts";

/** Topics subscribed to at a time: many thousands at once would hold up Redis, and the other nodes with it. */
const AT_ONCE = 500;

type Subscription = {
  readonly listeners: Set<HintListener>;
  /** Where the wish to hear it was sent last. */
  line: Line | undefined;
  /** Settles once it is heard there, or that line has ended. */
  hears: Promise<void>;
};

/** Who listens to what: one subscription of a topic, however many listeners, carried over from line to line. */
export class Topics {
  readonly #channelOf: (topic: string) => string;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(channelOf: (topic: string) => string) {
    this.#channelOf = channelOf;
  }

  /** Resolves once it is heard; without a line at once. */
  async subscribe(topic: string, listener: HintListener, line: Line | undefined): Promise<void> {
    const known = this.#subscriptions.get(topic);
    const subscription = known ?? { listeners: new Set(), line: undefined, hears: Promise.resolve() };
    subscription.listeners.add(listener);
    this.#subscriptions.set(topic, subscription);
    if (known === undefined && line !== undefined) this.#send([topic], line);
    await subscription.hears;
  }

  /** The topic itself goes with its last listener. */
  unsubscribe(topic: string, listener: HintListener): void {
    const subscription = this.#subscriptions.get(topic);
    if (!subscription?.listeners.delete(listener) || subscription.listeners.size > 0) return;
    this.#subscriptions.delete(topic);
    subscription.line?.unsubscribe(this.#channelOf(topic)).catch(() => {}); // the line has ended
  }

  /** Resolves once all topics are heard on a new line. Rejects when that ends before. */
  async carryOver(line: Line): Promise<void> {
    const topics = [...this.#subscriptions.keys()];
    for (let start = 0; start < topics.length; start += AT_ONCE) {
      // Since this began some are not wanted any more, and some were sent by `subscribe`.
      const isWanting = (topic: string): boolean => {
        const subscription = this.#subscriptions.get(topic);
        return subscription !== undefined && subscription.line !== line;
      };
      await this.#send(topics.slice(start, start + AT_ONCE).filter(isWanting), line);
    }
  }

  /** Whether this node hears itself: what comes after on that line is heard here. */
  isSentOn(line: Line, topic: string): boolean {
    return this.#subscriptions.get(topic)?.line === line;
  }

  listenersOf(topic: string): Iterable<HintListener> {
    return this.#subscriptions.get(topic)?.listeners ?? [];
  }

  #send(topics: readonly string[], line: Line): Promise<void> {
    const heard = topics.length === 0 ? Promise.resolve() : line.subscribe(topics.map(this.#channelOf));
    const settled = heard.catch(() => {});
    for (const topic of topics) {
      const subscription = this.#subscriptions.get(topic)!;
      subscription.line = line;
      subscription.hears = settled;
    }
    return heard;
  }
}
