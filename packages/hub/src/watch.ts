import type { Client } from "./client.ts";

/** What was seen of a client at its last check. */
type Seen = {
  at: number;
  bytesRead: number;
  drainedBytes: number;
  /** Whether the kernel was full then. */
  hadBacklog: boolean;
  aliveAt: number;
  /** When it last took something, or had nothing to take. */
  tookAt: number;
  pinged: boolean;
  messages: number;
  messageAt: number;
  /** Since when it has been in the middle of one and the same message, if it is. */
  unfinishedSince: number | undefined;
};

type WatchOptions = {
  readonly clients: () => Iterable<Client>;
  readonly pingIntervalMs: number;
  readonly stalledTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly messageTimeoutMs: number;
  readonly unfinished: (client: Client) => void;
  readonly silent: (client: Client) => void;
  readonly stalled: (client: Client) => void;
  readonly idle: (client: Client) => void;
};

/** Each client is checked so many times per limit, so that a limit is kept to within a tenth. */
const CHECKS_PER_LIMIT = 10;
/** The clients are checked a part at a time: ten thousand pings in one turn would hold everybody up. */
const PARTS = 10;

/**
 * Finds who is silent, who takes nothing, and who is idle. Alive is whoever sent any byte or drained any: a ping queues behind a
 * backlog, so an unanswered one says nothing about a slow reader that still reads.
 *
 * One timer for all: a timer per client would cost more memory than the rest of what is kept about it.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #seen = new WeakMap<Client, Seen>();
  readonly #shortestMs: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #part = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { pingIntervalMs, stalledTimeoutMs, idleTimeoutMs, messageTimeoutMs } = options;
    const all = [pingIntervalMs, stalledTimeoutMs, idleTimeoutMs, messageTimeoutMs];
    const limits = all.filter((limit) => limit > 0);
    this.#shortestMs = Math.min(...limits);
    if (limits.length === 0) return;
    const everyMs = Math.max(1, this.#shortestMs / CHECKS_PER_LIMIT / PARTS);
    this.#timer = setInterval(() => this.#checkPart(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #checkPart(): void {
    this.#part = (this.#part + 1) % PARTS;
    const now = performance.now();
    for (const client of this.#options.clients())
      if (client.id % PARTS === this.#part) this.#check(client, now);
  }

  #check(client: Client, now: number): void {
    const { pingIntervalMs, stalledTimeoutMs, idleTimeoutMs, messageTimeoutMs } = this.#options;
    const seen = this.#look(client, now);
    const unfinishedMs = now - (seen.unfinishedSince ?? now);
    if (messageTimeoutMs > 0 && unfinishedMs >= messageTimeoutMs && client.isOpen) {
      this.#options.unfinished(client);
      return;
    }
    if (stalledTimeoutMs > 0 && now - seen.tookAt >= stalledTimeoutMs) {
      this.#options.stalled(client);
      return;
    }
    const silentMs = now - seen.aliveAt;
    if (pingIntervalMs > 0 && silentMs >= 2 * pingIntervalMs) {
      this.#options.silent(client);
      return;
    }
    if (pingIntervalMs > 0 && silentMs >= pingIntervalMs && !seen.pinged && client.isOpen) {
      seen.pinged = true;
      client.ws.ping();
    }
    if (idleTimeoutMs > 0 && now - seen.messageAt >= idleTimeoutMs) this.#options.idle(client);
  }

  /** Brings up to date what is known of a client. */
  #look(client: Client, now: number): Seen {
    const bytesRead = client.socket.bytesRead;
    const drainedBytes = client.writer.drainedBytes;
    client.writer.recount();
    const hadBacklog = client.waitingBytes > 0;
    const seen = this.#seen.get(client);
    if (seen === undefined) {
      const first = {
        at: now,
        bytesRead,
        drainedBytes,
        hadBacklog,
        aliveAt: now,
        tookAt: now,
        pinged: false,
        messages: 0,
        messageAt: now,
        unfinishedSince: client.isMidMessage ? now : undefined,
      };
      this.#seen.set(client, first);
      return first;
    }
    // Only what drains from a backlog is a sign of life: the kernel takes megabytes for a peer that is long dead.
    const drained = seen.hadBacklog && drainedBytes > seen.drainedBytes;
    const stoodStill = now - seen.at > this.#shortestMs;
    if (!hadBacklog || drained || stoodStill) seen.tookAt = now;
    // Whoever is paused cannot be heard, nor can anybody while the process itself stood still.
    const unheard = client.ws.isPaused || stoodStill;
    if (bytesRead !== seen.bytesRead || drained || unheard) {
      seen.aliveAt = now;
      seen.pinged = false;
    }
    const isAnother = client.messagesReceived !== seen.messages;
    if (isAnother) seen.messageAt = now;
    // Only while it is read: a sender that is paused cannot finish.
    if (!client.isMidMessage || isAnother || unheard) seen.unfinishedSince = undefined;
    else seen.unfinishedSince ??= now;
    seen.at = now;
    seen.bytesRead = bytesRead;
    seen.drainedBytes = drainedBytes;
    seen.hadBacklog = hadBacklog;
    seen.messages = client.messagesReceived;
    return seen;
  }
}
