import type { Clock, Happening, Surroundings } from "@natter/client";
import type { World } from "./world.ts";

/**
 * What a tab runs on: it can be offline, be killed, and be put to sleep as a laptop is: nothing of it runs then, and it
 * wakes up with all its timers late.
 */
export class FakeDevice {
  isDead = false;
  isOnline = true;
  /** Asked for, and neither over nor cancelled. */
  readonly timers = new Set<object>();
  readonly watchers = new Set<(happening: Happening) => void>();
  #late: (() => void)[] | undefined;
  #sleptMs = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  readonly clock: Clock = {
    now: () => this.#world.clock.now() + this.#sleptMs,
    elapsed: () => this.#world.clock.elapsed() + this.#sleptMs,
    after: (ms, callback) => {
      const timer = this.#world.clock.after(ms, () =>
        this.run(() => {
          if (this.timers.delete(timer)) callback();
        }),
      );
      this.timers.add(timer);
      return {
        cancel: () => {
          timer.cancel();
          this.timers.delete(timer);
        },
      };
    },
  };

  readonly surroundings: Surroundings = {
    isOnline: () => this.isOnline,
    watch: (callback) => {
      this.watchers.add(callback);
      return () => this.watchers.delete(callback);
    },
  };

  /** Now, when it wakes up, or never. */
  run(callback: () => void): void {
    if (this.isDead) return;
    if (this.#late === undefined) callback();
    else this.#late.push(callback);
  }

  happen(happening: Happening): void {
    this.run(() => {
      for (const watcher of this.watchers) watcher(happening);
    });
  }

  sleep(): void {
    this.#late ??= [];
  }

  /** It slept for so much longer than the world knows. */
  wake(sleptMs: number): void {
    const late = this.#late;
    if (late === undefined) return;
    this.#world.count(`slept for ${sleptMs} ms`);
    this.#late = undefined;
    this.#sleptMs += sleptMs;
    for (const callback of late) this.run(callback);
  }
}
