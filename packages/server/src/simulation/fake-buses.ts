import type { Bus } from "../bus/bus.ts";
import { MemoryNetwork } from "../bus/memory.ts";
import type { Clock } from "../ports.ts";
import type { Random } from "./random.ts";

/** How long a hint may be under way, in simulated ms. */
const MAX_DELAY_MS = 40;

/** What nodes hear of each other by: late, in order, and not always. */
export class FakeBuses {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #network: MemoryNetwork;
  readonly #names = new Set<string>();
  readonly #cut = new Set<string>();
  #loss = 0;
  #lastAt = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#network = new MemoryNetwork((deliver) => this.#carry(deliver));
  }

  join(): Bus {
    const bus = this.#network.join();
    this.#names.add(bus.node);
    return bus;
  }

  /** Cuts that node off or mends what was cut; or loses some of what anybody tells, or none any more. */
  disturb(node: string): void {
    if (this.#random.chance(0.5)) {
      this.#loss = this.#random.pick([0, 0, 0.2, 0.5]);
    } else if (this.#cut.delete(node)) {
      this.#network.mend(node);
    } else {
      this.#cut.add(node);
      this.#network.cut(node);
    }
  }

  /** A bus loses hints where its connection fails, and then says so: at the end of what was lost, all are told. */
  heal(): void {
    this.#loss = 0;
    this.#cut.clear();
    for (const node of this.#names) this.#network.cut(node);
    for (const node of this.#names) this.#network.mend(node);
  }

  #carry(deliver: () => void): void {
    if (this.#random.chance(this.#loss)) return;
    const now = this.#clock.elapsed();
    this.#lastAt = Math.max(this.#lastAt, now + this.#random.between(0, MAX_DELAY_MS));
    this.#clock.after(this.#lastAt - now, deliver);
  }
}
