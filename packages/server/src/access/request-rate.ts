import { networkOf } from "@natter/hub";
import { KeyedBuckets } from "./keyed-buckets.ts";
import { isLoopback } from "./policy.ts";

export const TOO_MANY_REQUESTS = "Too many requests from your address.";

/**
 * What one address may ask for over HTTP, handshakes of either kind among it: a handshake that succeeds and is hung up
 * costs a thousand times what it costs to refuse it. Loopback has no limit, for what it asks is mostly for others.
 */
export class RequestRate {
  readonly #perAddress: KeyedBuckets;

  constructor(perSecond: number, burst: number) {
    this.#perAddress = new KeyedBuckets(perSecond, burst);
  }

  /** Counts one more and returns 0; or refuses it, and returns after how many ms there is room for one. */
  take(address: string, now: number): number {
    return isLoopback(address) ? 0 : this.#perAddress.take(networkOf(address), now);
  }
}
