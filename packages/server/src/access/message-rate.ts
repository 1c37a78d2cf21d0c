import { TokenBucket } from "./token-bucket.ts";

/** A burst is worth so many seconds of the rate: enough to paste a log, or to send what was written offline. */
const BURST_SECONDS = 10;
/** One address may send so many times what one connection may: an office behind one router. */
const ADDRESS_FACTOR = 10;

/** What it costs to have sent a message. */
export type Verdict =
  | { readonly kind: "fine" }
  /** Over the rate: read nothing more from this sender for so long. */
  | { readonly kind: "slow down"; readonly waitMs: number }
  /** So far over the rate, a whole burst and more, that slowing down did not help. */
  | { readonly kind: "flood" };

/** One connection's share. */
export type Meter = {
  spend(now: number): Verdict;
  /** How long until what was spent is paid off, in ms. */
  waitMs(now: number): number;
  /** The connection is gone. */
  release(): void;
};

const FINE: Verdict = { kind: "fine" };
const UNLIMITED: Meter = { spend: () => FINE, waitMs: () => 0, release: () => {} };

/** Messages per connection and per address. The attack is a client that floods a room, alone or from many sockets. */
export class MessageRate {
  readonly #perSecond: number;
  readonly #addresses = new Map<string, { bucket: TokenBucket; meters: number }>();

  /** @param perSecond messages a second and connection; 0 lifts every limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  meter(address: string, now: number): Meter {
    if (this.#perSecond === 0) return UNLIMITED;
    const own = this.#bucket(1, now);
    const shared = this.#addresses.get(address) ?? { bucket: this.#bucket(ADDRESS_FACTOR, now), meters: 0 };
    shared.meters++;
    this.#addresses.set(address, shared);
    const waitMs = (at: number): number => Math.max(own.waitMs(at), shared.bucket.waitMs(at));
    return {
      spend: (at) => {
        own.spend(1, at);
        shared.bucket.spend(1, at);
        if (own.debt > this.#burst) return { kind: "flood" };
        const wait = waitMs(at);
        return wait > 0 ? { kind: "slow down", waitMs: wait } : FINE;
      },
      waitMs,
      release: () => {
        shared.meters--;
        if (shared.meters === 0) this.#addresses.delete(address);
      },
    };
  }

  get #burst(): number {
    return this.#perSecond * BURST_SECONDS;
  }

  #bucket(factor: number, now: number): TokenBucket {
    return new TokenBucket(this.#perSecond * factor, this.#burst * factor, now);
  }
}
