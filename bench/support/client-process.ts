// A client under measurement: one of the programs in bench/client, a process of its own that tells what it saw.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { canPin } from "./server.ts";

/** Nothing here takes so long: only what went wrong is waited for until then. */
const PATIENCE_MS = 30_000;

export class ClientProcess<Said> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #heard: Said[] = [];
  #wake = () => {};

  /** @param core the one it keeps to; default: that of the load */
  constructor(program: string, args: readonly (string | number)[], core = 1) {
    const pinned = canPin() ? ["taskset", "-c", `${core}`] : [];
    const [execPath, ...execArgv] = [
      ...[...pinned, process.execPath],
      ...["--conditions=@natter/source", "--expose-gc"],
    ];
    const file = fileURLToPath(new URL(`../client/${program}.ts`, import.meta.url));
    this.#child = fork(file, args.map(String), { execPath: execPath!, execArgv });
    this.#child.on("message", (said) => {
      this.#heard.push(said as Said);
      this.#wake();
    });
    this.#exited = new Promise((resolve) => this.#child.once("exit", resolve));
    void this.#exited.then(() => this.#wake());
  }

  tell(what: object): void {
    this.#child.send(what);
  }

  /** What it says next. Fails where it ended without, or says nothing for long. */
  async next(): Promise<Said> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const said = this.#heard.shift();
      if (said !== undefined) return said;
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) throw new Error("the client ended without a figure");
      if (performance.now() >= until) throw new Error(`the client said nothing for ${PATIENCE_MS} ms`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, PATIENCE_MS).unref();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

/** What a client found of the events it was to get. */
export type Found = { heard?: number; held?: number; known?: number; right: number };

/** @throws {Error} where not each event came once, in order, as it was stored */
export function checked<Figures extends Found>(found: Figures, wanted: number): Figures {
  const { heard = wanted, held = wanted, known = wanted, right } = found;
  if (heard === wanted && held === wanted && known === wanted && right === wanted) return found;
  throw new Error(`of ${wanted} events ${JSON.stringify({ heard, held, known, right })}`);
}
