import { limits } from "@natter/protocol";
import { TokenBucket } from "./token-bucket.ts";

/** How often addresses are forgotten from which nobody is here and nobody was for long, in ms. */
const SWEEP_MS = 10_000;

/** What all connections of one address have together. */
export class AddressShare {
  readonly messages: TokenBucket;
  readonly reads: TokenBucket;
  readonly newRooms: TokenBucket;
  #connections = 0;

  constructor(perSecond: number, burst: number, now: number) {
    const factor = limits.addressRateFactor;
    // Lines of plain clients are taken when they were read, whether there is room for them or not: so it can owe them.
    // No more than a burst, for the others of the address wait until it is paid back.
    this.messages = new TokenBucket(perSecond * factor, burst * factor, now, burst * factor);
    this.reads = new TokenBucket(limits.readsPerSecond * factor, limits.burstReads * factor, now, 0);
    this.newRooms = new TokenBucket(limits.newRoomsPerSecond, limits.burstNewRooms, now, 0);
  }

  enter(): this {
    this.#connections++;
    return this;
  }

  leave(): void {
    this.#connections--;
  }

  /** Nobody is here, and one that is made anew would be the same. */
  isForgettable(now: number): boolean {
    if (this.#connections > 0) return false;
    return [this.messages, this.reads, this.newRooms].every((bucket) => bucket.isFull(now));
  }
}

/** The shares of all addresses. One outlives its connections, or whoever comes back would begin anew. */
export class AddressShares {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #byAddress = new Map<string, AddressShare>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  /** @param perSecond and `burst`: messages of one connection */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** The share of an address, which has one connection more until `leave`. */
  enter(address: string, now: number): AddressShare {
    return this.of(address, now).enter();
  }

  /** The share of an address, from which nobody need be here. */
  of(address: string, now: number): AddressShare {
    this.#forgetTheRested(now);
    const share = this.#byAddress.get(address) ?? new AddressShare(this.#perSecond, this.#burst, now);
    this.#byAddress.set(address, share);
    return share;
  }

  #forgetTheRested(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [address, share] of this.#byAddress) {
      if (share.isForgettable(now)) this.#byAddress.delete(address);
    }
  }
}
