import { TokenBucket } from "./token-bucket.ts";

/** A burst is worth so many seconds of the rate: enough to paste a log, or to send what was written offline. */
const BURST_SECONDS = 10;
/** One address may send so many times what one connection may: an office behind one router. */
const ADDRESS_FACTOR = 10;

/** What it costs a plain client, which cannot be told to wait, to have sent a line. */
export type Verdict =
  | { readonly kind: "fine" }
  /** Over the rate: read nothing more from this sender for so long. */
  | { readonly kind: "slow down"; readonly waitMs: number }
  /** So far over the rate, a whole burst and more, that slowing down did not help. */
  | { readonly kind: "flood" };

/** One connection's share. Times are in ms, from a clock that never goes back. */
export type Meter = {
  /** Counts a line that was read, within the rate or not. */
  spend(now: number): Verdict;
  /** How long until what was spent is paid off, in ms. */
  waitMs(now: number): number;
  /** Counts a frame if it is within the rate, and returns 0; or refuses it, and returns after how many ms one is. */
  take(now: number): number;
  /** As many frames as a burst has were refused within the time that a burst is worth (M3). */
  isFlooding(now: number): boolean;
  /** The connection is gone. */
  release(): void;
};

const FINE: Verdict = { kind: "fine" };
const UNLIMITED: Meter = {
  spend: () => FINE,
  waitMs: () => 0,
  take: () => 0,
  isFlooding: () => false,
  release: () => {},
};

type Share = { readonly bucket: TokenBucket; meters: number };

/** How often addresses are forgotten from which nobody is here and nobody was for long, in ms. */
const SWEEP_MS = 10_000;

/** Messages per connection and per address. The attack is a client that floods a room, alone or from many sockets. */
export class MessageRate {
  /** Messages a second and connection; 0: no limit. */
  readonly perSecond: number;
  readonly #addresses = new Map<string, Share>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  /** @param perSecond messages a second and connection; 0 lifts every limit */
  constructor(perSecond: number) {
    this.perSecond = perSecond;
  }

  meter(address: string, now: number): Meter {
    if (this.perSecond === 0) return UNLIMITED;
    const own = this.#bucket(1, now);
    const shared = this.#share(address, now);
    shared.meters++;
    const refused = this.#bucket(1, now);
    const lineWaitMs = (at: number): number => Math.max(own.waitForMs(0, at), shared.bucket.waitForMs(1, at));
    const spend = (at: number): void => {
      own.spend(1, at);
      shared.bucket.spend(1, at);
    };
    return {
      spend: (at) => {
        const sharedWaitMs = shared.bucket.waitForMs(1, at);
        spend(at);
        if (own.debt > this.burst) return { kind: "flood" };
        const waitMs = Math.max(own.waitForMs(0, at), sharedWaitMs);
        return waitMs > 0 ? { kind: "slow down", waitMs } : FINE;
      },
      waitMs: lineWaitMs,
      take: (at) => {
        const waitMs = Math.ceil(Math.max(own.waitForMs(1, at), shared.bucket.waitForMs(1, at)));
        if (waitMs === 0) spend(at);
        else refused.spend(1, at);
        return waitMs;
      },
      isFlooding: (at) => refused.waitForMs(1, at) > 0,
      release: () => {
        shared.meters--;
      },
    };
  }

  /** Messages that a connection may send at once: a whole number, as clients are told it, and one at least. */
  get burst(): number {
    return Math.ceil(this.perSecond * BURST_SECONDS);
  }

  /**
   * What all connections of an address have together. It outlives them, or whoever comes back would begin anew; but
   * it owes nothing, or those who left would leave their debt to the others of their address.
   */
  #share(address: string, now: number): Share {
    this.#forgetTheRested(now);
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.perSecond * ADDRESS_FACTOR, this.burst * ADDRESS_FACTOR, now, 0);
    const share = { bucket, meters: 0 };
    this.#addresses.set(address, share);
    return share;
  }

  #forgetTheRested(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [address, { bucket, meters }] of this.#addresses) {
      if (meters === 0 && bucket.isFull(now)) this.#addresses.delete(address);
    }
  }

  #bucket(factor: number, now: number): TokenBucket {
    return new TokenBucket(this.perSecond * factor, this.burst * factor, now);
  }
}
