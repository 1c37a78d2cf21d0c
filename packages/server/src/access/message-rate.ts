import { networkOf } from "@natter/hub";
import { limits } from "@natter/protocol";
import { AddressShares } from "./address-shares.ts";
import { KeyedBuckets } from "./keyed-buckets.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A burst is worth so many seconds of the rate: enough to paste a log, or to send what was written offline. */
const BURST_SECONDS = 10;

/** What it costs a plain client, which cannot be told to wait, to have sent a line. */
export type Verdict =
  | { readonly kind: "fine" }
  /** Over the rate: read nothing more from this sender for so long. */
  | { readonly kind: "slow down"; readonly waitMs: number }
  /** So far over the rate, a whole burst and more, that slowing down did not help. The line is not to be taken. */
  | { readonly kind: "flood" };

/** What a plain client's coming and going is worth: the two sentences that all others in the room get of it. */
const ARRIVAL_MESSAGES = 2;

/** One connection's share. Times are in ms, from a clock that never goes back. */
export type Meter = {
  /** Counts a line that was read, within the rate or not. */
  spend(now: number): Verdict;
  /** How long until what was spent is paid off, in ms. */
  waitMs(now: number): number;
  /**
   * Counts a frame if it is within the rate, and returns 0; or refuses it, and returns after how many ms one is.
   *
   * @param bytes of the frame: a large one counts as several (M1)
   */
  take(now: number, bytes?: number): number;
  /** The same for what makes the server read the log (M7): cheap to ask for, a page of 256 KiB to answer. */
  takeRead(now: number): number;
  /** The same for a room that is new to a person's list or to the server, and is kept for ever (M8). */
  takeNewRoom(now: number): number;
  /** Counts a room of which it is not known yet whether it is new, if that is within the rate, and returns whether it is. */
  reserveNewRoom(now: number): boolean;
  /** What was reserved was not new. */
  returnNewRoom(now: number): void;
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
  takeRead: () => 0,
  takeNewRoom: () => 0,
  reserveNewRoom: () => true,
  returnNewRoom: () => {},
  isFlooding: () => false,
  release: () => {},
};

/**
 * What connections and addresses may ask for. The attack is a client that floods a room, alone or from many sockets;
 * that has the log read to it again and again; or that makes rooms which nobody wants and the disk keeps.
 */
export class MessageRate {
  /** Messages a second and connection; 0: no limit. */
  readonly perSecond: number;
  readonly #shares: AddressShares;
  readonly #names = new KeyedBuckets(limits.namesPerSecond, limits.burstNames);

  /** @param perSecond messages a second and connection; 0 lifts every limit */
  constructor(perSecond: number) {
    this.perSecond = perSecond;
    this.#shares = new AddressShares(perSecond, this.burst);
  }

  meter(address: string, now: number): Meter {
    if (this.perSecond === 0) return UNLIMITED;
    const own = new TokenBucket(this.perSecond, this.burst, now);
    const refused = new TokenBucket(this.perSecond, this.burst, now);
    const reads = new TokenBucket(limits.readsPerSecond, limits.burstReads, now);
    const shared = this.#shares.enter(networkOf(address), now);
    const takeOf = (count: number, at: number, ...buckets: readonly TokenBucket[]): number => {
      const waitMs = Math.ceil(Math.max(...buckets.map((bucket) => bucket.waitForMs(count, at))));
      if (waitMs > 0) refused.spend(1, at);
      else for (const bucket of buckets) bucket.spend(count, at);
      return waitMs;
    };
    const owedMs = (at: number): number => Math.max(own.waitForMs(0, at), shared.messages.waitForMs(0, at));
    return {
      spend: (at) => {
        // The address's as well, or whoever hangs up in time and comes back would send without end.
        if (!shared.messages.canOwe(1, at)) return { kind: "flood" };
        own.spend(1, at);
        shared.messages.spend(1, at);
        if (own.debt > this.burst) return { kind: "flood" };
        const waitMs = owedMs(at);
        return waitMs > 0 ? { kind: "slow down", waitMs } : FINE;
      },
      waitMs: owedMs,
      take: (at, bytes = 0) => takeOf(this.#worth(bytes), at, own, shared.messages),
      takeRead: (at) => takeOf(1, at, reads, shared.reads),
      takeNewRoom: (at) => takeOf(1, at, shared.newRooms),
      reserveNewRoom: (at) => {
        const isFree = shared.newRooms.waitForMs(1, at) === 0;
        if (isFree) shared.newRooms.spend(1, at);
        return isFree;
      },
      returnNewRoom: (at) => shared.newRooms.spend(-1, at),
      isFlooding: (at) => refused.waitForMs(1, at) > 0,
      release: () => shared.leave(),
    };
  }

  /**
   * Counts the arrival of a plain client, and its leaving, and returns 0; or refuses it where its address has nothing
   * left, and returns after how many ms there is. The attack is to come and go without a word, under any name.
   */
  takeArrival(address: string, now: number): number {
    if (this.perSecond === 0) return 0;
    const { messages } = this.#shares.of(networkOf(address), now);
    const waitMs = messages.waitForMs(ARRIVAL_MESSAGES, now);
    if (waitMs === 0) messages.spend(ARRIVAL_MESSAGES, now);
    return Math.ceil(waitMs);
  }

  /**
   * Counts another name of a person, and returns 0; or refuses it, and returns after how many ms one may be (M11).
   *
   * @param from undefined where they were not here: who comes back by the name they had takes on none
   */
  takeName(personId: string, from: string | undefined, to: string, now: number): number {
    return this.perSecond === 0 ? 0 : this.#names.take(personId, now, { from, to });
  }

  /** Messages that a connection may send at once: a whole number, as clients are told it, and one at least. */
  get burst(): number {
    return Math.ceil(this.perSecond * BURST_SECONDS);
  }

  /** As how many messages a frame counts. Never more than a burst, or it could not pass at all. */
  #worth(bytes: number): number {
    return Math.min(this.burst, Math.max(1, Math.ceil(bytes / limits.bytesPerMessage)));
  }
}
