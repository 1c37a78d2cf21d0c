// One program of the cluster, with a log of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const STARTING_MS = 60_000;
/** natter says goodbye to everybody for up to 9.5 s. */
const STOPPING_MS = 15_000;

export type Command = {
  readonly name: string;
  readonly command: readonly string[];
  /** In its log once it can be used. */
  readonly ready: RegExp;
  /** Where it runs, and whom as, if not as we do. */
  readonly options: { readonly cwd: string; readonly uid?: number; readonly gid?: number };
};

export class Part {
  readonly name: string;
  readonly log: string;
  readonly #ready: RegExp;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param log the file, made anew */
  constructor({ name, command, ready, options }: Command, log: string) {
    this.name = name;
    this.log = log;
    this.#ready = ready;
    const file = openSync(log, "w");
    // In a group of its own: Ctrl-C is for cluster.ts alone, which ends all in their order.
    this.#child = spawn(command[0]!, command.slice(1), {
      ...options,
      stdio: ["ignore", file, file],
      detached: true,
    });
    this.#ended = once(this.#child, "exit");
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** @throws {Error} with its last words, where it ends before */
  async started(): Promise<this> {
    const deadline = performance.now() + STARTING_MS;
    for (;;) {
      const said = readFileSync(this.log, "utf8");
      if (this.#ready.test(said)) return this;
      if (this.#hasEnded || performance.now() > deadline)
        throw new Error(`${this.name} did not start:\n${said.split("\n").slice(-6).join("\n")}`);
      await pause(20);
    }
  }

  onEnd(tell: () => void): void {
    void this.#ended.then(tell);
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    process.kill(-this.pid, "SIGINT");
    const force = setTimeout(() => process.kill(-this.pid, "SIGKILL"), STOPPING_MS);
    await this.#ended;
    clearTimeout(force);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
