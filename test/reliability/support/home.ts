// A data folder and two ports that stay the same, however often the server in them is killed and started again.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Natter } from "../../support/natter.ts";
import { isFree } from "../../support/ports.ts";
import { inTime } from "../../support/raw-client.ts";

export class Home implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly wsPort: number;
  readonly #ownFolder: string | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #args: readonly string[];
  #natter: Natter | undefined;

  private constructor(of: {
    folder: string;
    ownFolder?: string;
    port: number;
    wsPort: number;
    env: NodeJS.ProcessEnv;
    args: readonly string[];
  }) {
    this.folder = of.folder;
    this.#ownFolder = of.ownFolder;
    this.port = of.port;
    this.wsPort = of.wsPort;
    this.#env = of.env;
    this.#args = of.args;
  }

  /**
   * Makes one and starts the server in it.
   *
   * @param options.folder somebody else's to remove
   * @param options.ports of an earlier one, for its clients
   * @param options.args the server's, so that they win; without a rate to keep unless they say so
   */
  static async start(
    options: {
      folder?: string;
      env?: NodeJS.ProcessEnv;
      args?: readonly string[];
      ports?: { port: number; wsPort: number };
    } = {},
  ): Promise<Home> {
    const ownFolder =
      options.folder === undefined ? await mkdtemp(join(tmpdir(), "natter-reliability-")) : undefined;
    const home = new Home({
      folder: options.folder ?? join(ownFolder!, "data"),
      ...(ownFolder === undefined ? {} : { ownFolder }),
      ...(options.ports ?? { port: await freePort(), wsPort: await freePort() }),
      env: options.env ?? {},
      args: options.args ?? [],
    });
    await home.start();
    return home;
  }

  get natter(): Natter {
    if (this.#natter === undefined) throw new Error("no server is running");
    return this.#natter;
  }

  get pid(): number {
    return this.natter.child.pid!;
  }

  async start(): Promise<void> {
    const ports = ["--port", `${this.port}`, "--ws-port", `${this.wsPort}`];
    const args = [...ports, "--data", this.folder, "--message-rate", "0", ...this.#args];
    this.#natter = await Natter.start(args, this.#env);
  }

  /** As the kernel does when memory runs out: nothing of the process runs any more. */
  async kill(): Promise<void> {
    this.natter.child.kill("SIGKILL");
    await inTime(this.natter.exited, "the killed server to be gone");
    await this.#natter?.[Symbol.asyncDispose]();
  }

  /** As an operator does. @returns the exit code */
  async stop(): Promise<number | null> {
    const code = await this.natter.stop();
    await this.#natter?.[Symbol.asyncDispose]();
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#natter?.[Symbol.asyncDispose]();
    if (this.#ownFolder) await rm(this.#ownFolder, { recursive: true, force: true });
  }
}

/**
 * A port below those from which the kernel takes one for each outgoing connection: while the server is down, a
 * client would get its port, or even connect to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
}

/** What a process keeps in memory, in bytes: its resident set. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

/** The environment in which a server's clock is off by as many ms as stand in a file. */
export function movableClock(file: string): NodeJS.ProcessEnv {
  // `--import` would leave out the store's threads.
  const preload = fileURLToPath(new URL("./moved-clock.ts", import.meta.url));
  return { NODE_OPTIONS: `--require=${preload}`, NATTER_TEST_CLOCK: file };
}
