// The server under measurement: a process of its own, on a core of its own where there are two.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const PROBE = fileURLToPath(new URL("probe.ts", import.meta.url));

/** What the probe in the server's process saw between `start` and `stop`. */
export type Seen = {
  /** The longest that the event loop did not turn, in ms. */
  longestBlockMs: number;
  /** User and system time of the whole process, its threads included, in ms. */
  cpuMs: number;
};

export class MeasuredServer {
  readonly port: number;
  /** Of the page, and of WebSocket beside it. */
  readonly pagePort: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #ownsFolder: boolean;

  private constructor(of: {
    port: number;
    pagePort: number;
    child: ChildProcess;
    folder: string;
    ownsFolder: boolean;
  }) {
    this.port = of.port;
    this.pagePort = of.pagePort;
    this.#child = of.child;
    this.#folder = of.folder;
    this.#ownsFolder = of.ownsFolder;
  }

  /** @param data a folder to serve; a new one if left out */
  static async start(data?: string): Promise<MeasuredServer> {
    const folder = data ?? (await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-")));
    const pinned = canPin() ? ["taskset", "-c", "0"] : [];
    const ports = ["--port", "0", "--ws-port", "0"];
    const command = [
      ...pinned,
      ...[process.execPath, "--conditions=@natter/source", "--import", PROBE, MAIN, "serve"],
      ...[...ports, "--data", folder, "--message-rate", "0"],
    ];
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NATTER_PROBE: probeFile(folder) },
    });
    let pagePort = 0;
    for await (const line of createInterface({ input: child.stdout! })) {
      pagePort = Number(/http:\/\/\S+:(\d+)$/.exec(line)?.[1] ?? pagePort);
      const port = /ws:\/\/\S+:(\d+)$/.exec(line)?.[1];
      if (port === undefined) continue;
      child.stdout!.resume();
      const ownsFolder = data === undefined;
      return new MeasuredServer({ port: Number(port), pagePort, child, folder, ownsFolder });
    }
    throw new Error("the server did not start");
  }

  /** Begins a measurement. */
  async reset(): Promise<void> {
    await this.#ask("SIGUSR2");
  }

  /** What happened since `reset`. */
  async seen(): Promise<Seen> {
    return await this.#ask("SIGUSR2");
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await exited;
    await rm(probeFile(this.#folder), { force: true });
    if (this.#ownsFolder) await rm(this.#folder, { recursive: true });
  }

  /** The probe answers a signal with a new version of its file. */
  async #ask(signal: NodeJS.Signals): Promise<Seen> {
    const file = probeFile(this.#folder);
    await rm(file, { force: true });
    this.#child.kill(signal);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const text = await readFile(file, "utf8").catch(() => "");
      if (text !== "") return JSON.parse(text);
    }
  }
}

/** The load keeps to the other core. */
export function pinLoad(): void {
  if (canPin()) spawnSync("taskset", ["-acp", "1", String(process.pid)]);
}

export function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;
}

function probeFile(folder: string): string {
  return `${folder}.probe`;
}
