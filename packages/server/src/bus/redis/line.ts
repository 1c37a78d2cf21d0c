import type { RedisAddress } from "./address.ts";
import { parseSlots, type Shard, SLOTS, slotOf } from "./cluster.ts";
import { Link, type LinkOptions } from "./link.ts";
import { checkServer } from "./refusals.ts";

/** The way to all of a bus: one link to a single Redis, or one to each master of a cluster. It ends as a whole. */
export class Line {
  /** Resolves, with why, once it is no more; nothing is heard after that. */
  readonly ended: Promise<Error>;
  /** Where the bus can be found, should the address that was given not answer. */
  readonly addresses: readonly RedisAddress[];
  readonly #links: readonly Link[];
  readonly #linkOf: (channel: string) => Link;

  /** Rejects with the first thing that went wrong; nothing is left open then. */
  static async open(address: RedisAddress, options: LinkOptions): Promise<Line> {
    const link = await Link.open(address, options);
    try {
      const hello = await link.hello();
      checkServer(hello, address);
      if (hello.mode !== "cluster") return new Line([address], [link], () => link);
      const shards = parseSlots(await link.clusterSlots());
      link.end(new Error("It was only asked for the others."));
      return await Line.#toShards(shards, address, options);
    } catch (error) {
      link.end(error as Error);
      throw error;
    }
  }

  static async #toShards(shards: readonly Shard[], asked: RedisAddress, options: LinkOptions): Promise<Line> {
    const addresses = shards.map(({ host, port }) => ({ ...asked, host: host || asked.host, port }));
    const opening = addresses.map((address) => Link.open(address, options));
    try {
      const links = (await Promise.all(opening)).map((link) => link.useShards());
      const linkOfSlot = new Array<Link>(SLOTS);
      shards.forEach(({ ranges }, index) => {
        for (const [from, to] of ranges) linkOfSlot.fill(links[index]!, from, to + 1);
      });
      return new Line(addresses, links, (channel) => linkOfSlot[slotOf(channel)]!);
    } catch (error) {
      for (const link of opening) link.then((opened) => opened.end(error as Error)).catch(() => {});
      throw error;
    }
  }

  private constructor(
    addresses: readonly RedisAddress[],
    links: readonly Link[],
    linkOf: (channel: string) => Link,
  ) {
    this.addresses = addresses;
    this.#links = links;
    this.#linkOf = linkOf;
    this.ended = Promise.race(links.map(({ ended }) => ended));
    this.ended.then((reason) => this.end(reason));
  }

  /** Resolves once it hears all of them. Rejects when it ends before. */
  async subscribe(channels: readonly string[]): Promise<void> {
    const byLink = Map.groupBy(channels, (channel) => this.#linkOf(channel));
    await Promise.all(Array.from(byLink, ([link, its]) => link.subscribe(its)));
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#linkOf(channel).unsubscribe(channel);
  }

  /**
   * @param isUrgent it is passed on however much waits
   * @returns how many heard it, this node too if it is subscribed; undefined where it was dropped, for too much waits
   */
  publish(channel: string, message: string, isUrgent: boolean): Promise<number | undefined> {
    return this.#linkOf(channel).publish(channel, message, isUrgent);
  }

  /** Resolves once all that was sent before is carried out. */
  async flush(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.flush()));
  }

  end(reason: Error): void {
    for (const link of this.#links) link.end(reason);
  }
}
