import { limits } from "@natter/protocol";
import type { Clock, Timer } from "./environment.ts";

/** Between these, in ms, whatever a server says: 0 would ping without end. */
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 300_000;

type Of = {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly ping: () => void;
  readonly onDead: () => void;
};

/**
 * Finds out that a connection is dead (H8): a browser shows neither pings nor the silence of a cable pulled out. Whoever
 * heard nothing for an interval asks, and takes 10 s more of silence for the answer.
 */
export class Heartbeat {
  readonly #of: Of;
  readonly #intervalMs: number;
  #heardAt: number;
  #timer: Timer;
  #isAsking = false;

  constructor(of: Of) {
    this.#of = of;
    this.#intervalMs = Math.min(Math.max(of.intervalMs, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
    this.#heardAt = of.clock.elapsed();
    this.#timer = this.#watch(this.#intervalMs);
  }

  /** Something came, whatever it was. Only takes the time down, for it may be ten thousand times a second. */
  heard(): void {
    this.#heardAt = this.#of.clock.elapsed();
    if (!this.#isAsking) return;
    this.#isAsking = false;
    this.#timer.cancel();
    this.#timer = this.#watch(this.#intervalMs);
  }

  /**
   * Asks now: the network changed, or somebody came back after who knows how long.
   *
   * @param patienceMs less where the device says that there is no network: what answers all the same is near
   */
  probe(patienceMs: number = limits.pongTimeoutMs): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#timer.cancel();
    this.#timer = this.#of.clock.after(patienceMs, this.#of.onDead);
    this.#of.ping();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #watch(ms: number): Timer {
    return this.#of.clock.after(ms, () => {
      // Timers of a laptop that slept come late: what counts is how long it was silent, not how often one looked.
      const silentMs = this.#of.clock.elapsed() - this.#heardAt;
      if (silentMs >= this.#intervalMs) this.probe();
      else this.#timer = this.#watch(this.#intervalMs - silentMs);
    });
  }
}
