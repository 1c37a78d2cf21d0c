import { Redis, type RedisOptions } from "ioredis";
import type { RedisAddress } from "./address.ts";

/** A Redis that has not let us in after so many ms is as good as none. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How often a link, and what is known of the other nodes, is looked after. */
export const TICK_MS = 500;
/** A Redis of which nothing was heard for so many ticks, though it was asked, hangs. */
const PATIENCE_TICKS = 4;
/** Bytes that may wait for Redis to take them. What comes on top is dropped: it is only hints. */
const MAX_WAITING_BYTES = 16_777_216;
/** What a command costs in memory while it waits, about, besides its text. */
const COMMAND_BYTES = 1_024;

const NO_ANSWER = "Redis does not answer.";

/** What a Redis says of itself. */
export type Hello = { readonly server: string; readonly version: string; readonly mode: string };

export type LinkOptions = {
  readonly hear: (channel: Buffer, message: Buffer) => void;
  /** Ends it. */
  readonly closing: AbortSignal;
};

/**
 * One connection to one Redis, for both directions: commands are carried out in the order in which they were given, so
 * it is known of each publish whether this node heard it itself. It answers or it ends, so that nothing waits for ever, and is
 * never mended, only replaced by a new one.
 */
export class Link {
  /** Resolves, with why, once it is no more; nothing is heard after that. */
  readonly ended: Promise<Error>;
  readonly #redis: Redis;
  readonly #ending = Promise.withResolvers<Error>();
  #hasEnded = false;
  #isSharded = false;
  #isCorked = false;
  #waitingBytes = 0;

  /** Rejects with the first thing that went wrong. */
  static async open(address: RedisAddress, options: LinkOptions): Promise<Link> {
    options.closing.throwIfAborted();
    const link = new Link(address, options);
    const timer = setTimeout(() => link.end(new Error(NO_ANSWER)), CONNECT_TIMEOUT_MS);
    try {
      await Promise.race([link.#redis.connect(), link.ended]);
      if (link.#hasEnded) throw await link.ended;
      link.#watch();
      return link;
    } catch (error) {
      link.end(error as Error);
      throw await link.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(address: RedisAddress, { hear, closing }: LinkOptions) {
    this.ended = this.#ending.promise;
    const redis = new Redis(optionsFor(address));
    this.#redis = redis;
    redis.on("error", (error: Error) => this.end(error));
    redis.on("end", () => this.end(new Error("Redis closed the connection.")));
    // Of a cluster: slots went to another node, and subscriptions with them.
    redis.on("moved", () => this.end(new Error("The Redis cluster moved slots.")));
    for (const event of ["messageBuffer", "smessageBuffer"]) {
      redis.on(event, (channel: Buffer, message: Buffer) => {
        if (!this.#hasEnded) hear(channel, message);
      });
    }
    const close = (): void => this.end(new Error("It is being closed."));
    closing.addEventListener("abort", close);
    this.ended.then(() => closing.removeEventListener("abort", close));
  }

  async hello(): Promise<Hello> {
    const reply = (await this.#carryOut((redis) => redis.call("HELLO"))) as unknown[];
    const field = (name: string): string => String(reply[reply.indexOf(name) + 1]);
    return { server: field("server"), version: field("version"), mode: field("mode") };
  }

  clusterSlots(): Promise<unknown> {
    return this.#carryOut((redis) => redis.cluster("SLOTS"));
  }

  /** From now on it uses the sharded commands, as clusters need them. */
  useShards(): this {
    this.#isSharded = true;
    return this;
  }

  /** Resolves once it hears all of them. */
  async subscribe(channels: readonly string[]): Promise<void> {
    await this.#carryOut((redis) =>
      // A cluster takes only channels of one slot in a command.
      this.#isSharded
        ? Promise.all(channels.map((channel) => redis.ssubscribe(channel)))
        : redis.subscribe(...channels),
    );
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#carryOut((redis) =>
      this.#isSharded ? redis.sunsubscribe(channel) : redis.unsubscribe(channel),
    );
  }

  /**
   * @param isUrgent it is passed on however much waits
   * @returns how many heard it, this link too if it is subscribed; undefined where it was dropped, for too much waits
   */
  async publish(channel: string, message: string, isUrgent: boolean): Promise<number | undefined> {
    const bytes = Buffer.byteLength(message) + COMMAND_BYTES;
    if (!isUrgent && this.#waitingBytes + bytes > MAX_WAITING_BYTES) return undefined;
    this.#waitingBytes += bytes;
    try {
      return await this.#carryOut((redis) =>
        this.#isSharded
          ? (redis.spublish(channel, message) as Promise<number>)
          : redis.publish(channel, message),
      );
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  /** Resolves once all that was sent before is carried out. */
  async flush(): Promise<void> {
    await this.#carryOut((redis) => redis.ping());
  }

  end(reason: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#redis.disconnect();
    this.#ending.resolve(reason);
  }

  /**
   * Ends it when nothing comes from Redis, though it was asked. Counts ticks rather than time: while this node stands
   * still itself, there are none, and it is not Redis that hangs.
   */
  #watch(): void {
    const { stream } = this.#redis;
    let isAsked = false;
    let silentTicks = 0;
    let bytesBefore = 0;
    const timer = setInterval(() => {
      // Anything will do: the answer may stand behind many hints.
      silentTicks = stream.bytesRead === bytesBefore ? silentTicks + 1 : 0;
      bytesBefore = stream.bytesRead;
      if (silentTicks >= PATIENCE_TICKS) this.end(new Error(NO_ANSWER));
      if (this.#hasEnded || isAsked) return;
      isAsked = true;
      const answered = (): void => {
        isAsked = false;
      };
      this.flush().then(answered, () => {}); // where it fails, the link has ended
    }, TICK_MS).unref();
    this.ended.then(() => clearInterval(timer));
  }

  /**
   * All commands of a turn go in one write. A command that is refused ends the link: a user lost a right, a cluster is
   * another than it was, a master has become a replica. All of it is found out anew by the next one.
   */
  async #carryOut<Reply>(command: (redis: Redis) => Promise<Reply>): Promise<Reply> {
    if (!this.#isCorked) {
      const { stream } = this.#redis;
      this.#isCorked = true;
      stream.cork();
      setImmediate(() => {
        this.#isCorked = false;
        stream.uncork();
      });
    }
    try {
      return await command(this.#redis);
    } catch (error) {
      this.end(error as Error);
      throw error;
    }
  }
}

function optionsFor({ host, port, username, password, isTls }: RedisAddress): RedisOptions {
  return {
    host,
    port,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(isTls && { tls: {} }),
    protocol: 3, // with 2 a connection that is subscribed can publish nothing
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: 0, // a Redis that hangs would never answer to it
    connectionName: "natter",
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    // What cannot be sent now is lost, and whoever holds the link makes a new one.
    enableOfflineQueue: false,
    retryStrategy: () => null,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
  };
}
