import { setTimeout as pause } from "node:timers/promises";
import { type Log, SILENT_LOG, stackOf } from "../../log/log.ts";
import { StartError } from "../../start-error.ts";
import { type Bus, type BusListener, type Hint, type HintListener, LEASE_MS, type Topic } from "../bus.ts";
import type { RedisAddress } from "./address.ts";
import { Leases } from "./leases.ts";
import { Line } from "./line.ts";
import { TICK_MS } from "./link.ts";
import { decode, encode, isFrom, makeNodeName, senderPrefix, type Word } from "./message.ts";
import { refusalOf } from "./refusals.ts";
import { Topics } from "./topics.ts";

/** Of the seven seconds of a lease a node may miss two beats. */
const BEAT_TICKS = 4;
const LEASE_TICKS = LEASE_MS / TICK_MS;

/** Bounds of the time between two tries, of which each takes a random part: nodes must not all come at once. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
/** Up for less than this, a line was none: the next try waits longer than the one before. */
const STEADY_MS = 5_000;
/** A node that ends waits so long for Redis to take its last words. */
const GOODBYE_MS = 500;

/** The topic of signs of life. */
const NODES = "nodes";

export type RedisBusOptions = {
  readonly address: RedisAddress;
  /** Only buses of the same hear one another. */
  readonly namespace: string;
  /** Told whether the bus is up, and if not, why: at first, and when either changes. */
  readonly onState?: (isUp: boolean, reason: string) => void;
  /** Hears of listeners that threw. */
  readonly log?: Log;
  /** For tests: leases and signs of life are the faster. */
  readonly tickMs?: number;
};

type State =
  | { readonly kind: "down" }
  /** The line is there, but not everything is subscribed to on it yet. */
  | { readonly kind: "coming"; readonly line: Line }
  | { readonly kind: "up"; readonly line: Line }
  | { readonly kind: "closed" };

export class RedisBus implements Bus {
  readonly node = makeNodeName();
  readonly #options: RedisBusOptions;
  readonly #prefix: string;
  readonly #prefixBytes: number;
  readonly #ownWords: Buffer;
  readonly #ownTopic: Topic = `node:${this.node}`;
  readonly #topics = new Topics((topic) => this.#prefix + topic);
  readonly #leases = new Leases(LEASE_TICKS);
  readonly #closing = new AbortController();
  readonly #ticking: NodeJS.Timeout;
  #addresses: readonly RedisAddress[];
  #state: State = { kind: "down" };
  /** The others may have heard of it before. */
  #wasUp = false;
  #told = "";
  #ticks = 0;
  /** Another node has given this one up. */
  #isLost = false;
  #listener: Partial<BusListener> = {};
  #dropped = 0;

  /** Resolves once it is up, or not at the first try. @throws {StartError} for what can never be up */
  static async open(options: RedisBusOptions): Promise<RedisBus> {
    const bus = new RedisBus(options);
    const first = await bus.#try(options.address);
    if (first instanceof StartError) {
      await bus.close();
      throw first;
    }
    void bus.#stayUp(first);
    return bus;
  }

  private constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#addresses = [options.address];
    this.#prefix = `natter:${options.namespace}:`;
    this.#prefixBytes = Buffer.byteLength(this.#prefix);
    this.#ownWords = senderPrefix(this.node);
    for (const topic of [NODES, this.#ownTopic]) void this.#topics.subscribe(topic, () => {}, undefined);
    this.#ticking = setInterval(() => this.#tick(), options.tickMs ?? TICK_MS).unref();
  }

  get isUp(): boolean {
    return this.#state.kind === "up";
  }

  /** Hints that were dropped so far because too many waited for Redis to take them. */
  get dropped(): number {
    return this.#dropped;
  }

  async publish(topic: Topic, hint: Hint): Promise<number> {
    return this.#state.kind === "up" ? await this.#publish(this.#state.line, topic, hint) : 0;
  }

  async subscribe(topic: Topic, listener: HintListener): Promise<() => void> {
    if (this.#state.kind === "closed") return () => {};
    await this.#topics.subscribe(topic, listener, lineOf(this.#state));
    return () => this.#topics.unsubscribe(topic, listener);
  }

  listen(listener: Partial<BusListener>): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    if (this.#state.kind === "closed") return;
    const line = lineOf(this.#state);
    this.#state = { kind: "closed" };
    clearInterval(this.#ticking);
    if (line !== undefined) {
      const said = this.#publish(line, NODES, "bye").then(() => line.flush());
      await Promise.race([said.catch(() => {}), pause(GOODBYE_MS, undefined, { ref: false })]);
    }
    this.#closing.abort();
  }

  async #publish(line: Line, topic: string, message: Hint | Word): Promise<number> {
    const itself = this.#topics.isSentOn(line, topic) ? 1 : 0;
    try {
      // A node that has too much to tell is there all the same.
      const isUrgent = typeof message === "string";
      const heard = await line.publish(this.#prefix + topic, encode(this.node, message), isUrgent);
      if (heard === undefined) this.#dropped++;
      return Math.max(0, (heard ?? 0) - itself);
    } catch {
      return 0; // the line has ended
    }
  }

  /** Makes a line and whatever is needed for it to count as up. @returns why not, if not */
  async #try(address: RedisAddress): Promise<Line | Error> {
    try {
      const line = await Line.open(address, {
        hear: (channel, message) => this.#hear(channel, message),
        closing: this.#closing.signal,
      });
      this.#become({ kind: "coming", line });
      await this.#topics.carryOver(line);
      this.#become({ kind: "up", line });
      return line;
    } catch (error) {
      const reason = refusalOf(error, address);
      this.#become({ kind: "down" }, reason);
      return reason;
    }
  }

  async #stayUp(first: Line | Error): Promise<void> {
    let outcome = first;
    for (let failures = 0; ; ) {
      const wasSteady = outcome instanceof Line && (await this.#untilDown(outcome));
      if (wasSteady) failures = 0;
      await pause(retryDelay(failures), undefined, { ref: false });
      if (this.#state.kind === "closed") return;
      outcome = await this.#try(this.#addresses[failures++ % this.#addresses.length]!);
    }
  }

  async #untilDown(line: Line): Promise<boolean> {
    this.#addresses = [this.#options.address, ...line.addresses];
    const since = performance.now();
    const reason = await line.ended;
    this.#become({ kind: "down" }, refusalOf(reason, this.#options.address));
    return performance.now() - since >= STEADY_MS;
  }

  #become(state: State, reason?: Error): void {
    const before = this.#state;
    if (before.kind === "closed") return;
    this.#state = state;
    switch (state.kind) {
      case "coming":
        // All others have to know before their patience ends; to subscribe to everything may take longer.
        void this.#publish(state.line, NODES, "beat");
        break;
      case "up":
        this.#tell(true, "");
        // Nobody could be heard meanwhile.
        this.#leases.renewAll();
        if (this.#wasUp) void this.#publish(state.line, NODES, "back");
        this.#wasUp = true;
        this.#tellBack();
        break;
      case "down":
        this.#tell(false, reason?.message ?? "");
        if (before.kind === "up") this.#call(() => this.#listener.down?.());
        break;
    }
  }

  #tellBack(): void {
    this.#isLost = false;
    this.#call(() => this.#listener.back?.());
  }

  #tell(isUp: boolean, reason: string): void {
    if (this.#told === `${isUp} ${reason}`) return;
    this.#told = `${isUp} ${reason}`;
    this.#call(() => this.#options.onState?.(isUp, reason));
  }

  #tick(): void {
    const line = lineOf(this.#state);
    if (line === undefined) return;
    if (++this.#ticks % BEAT_TICKS === 0) void this.#publish(line, NODES, "beat");
    if (this.#state.kind !== "up") return;
    if (this.#isLost) this.#tellBack();
    for (const node of this.#leases.tick()) {
      // Should it be there after all, it has to know that it is not counted any more.
      void this.#publish(line, `node:${node}`, "lost");
      this.#call(() => this.#listener.gone?.(node));
    }
  }

  #hear(channel: Buffer, bytes: Buffer): void {
    if (this.#state.kind === "closed" || isFrom(this.#ownWords, bytes)) return;
    const topic = channel.toString("utf8", this.#prefixBytes);
    const message = decode(topic, bytes);
    if (message === undefined) return;
    if ("word" in message) this.#hearWord(topic, message.node, message.word);
    else if (this.#leases.heard(message.node)) {
      for (const listener of this.#topics.listenersOf(topic)) {
        this.#call(() => listener(message.hint, message.node));
      }
    }
  }

  #hearWord(topic: string, node: string, word: Word): void {
    switch (word) {
      case "beat":
        this.#leases.heard(node);
        break;
      case "back":
        if (this.#leases.heard(node)) this.#call(() => this.#listener.back?.(node));
        break;
      case "bye":
        if (this.#leases.end(node)) this.#call(() => this.#listener.gone?.(node));
        break;
      case "lost":
        // Many others say so at a time: it is told at the next tick.
        if (topic === this.#ownTopic) this.#isLost = true;
        break;
    }
  }

  /** What a listener throws must not keep anything from the others, nor end the process, for many nodes hear the same. */
  #call(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      (this.#options.log ?? SILENT_LOG)("unexpected", { error: stackOf(error) });
    }
  }
}

function lineOf(state: State): Line | undefined {
  return state.kind === "up" || state.kind === "coming" ? state.line : undefined;
}

function retryDelay(failures: number): number {
  return Math.random() * Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 16));
}
