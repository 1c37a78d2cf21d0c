// A Redis as it is installed, on a port and in a folder of its own.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFree } from "./ports.ts";
import { inTime } from "./raw-client.ts";

const SLOTS = 16_384;
const THE_END = "$7\r\nthe-end\r\n";

export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  readonly #isTls: boolean;
  #child: ChildProcess | undefined;

  /** Why there is none, if so. */
  static get isMissing(): string | false {
    return spawnSync("redis-server", ["--version"]).status === 0 ? false : "redis-server is not installed";
  }

  /**
   * @param args of redis-server, besides those that keep it to itself
   * @param tls files of a certificate for localhost and its key; then it takes nothing but TLS
   */
  static async start(
    args: readonly string[] = [],
    tls?: { readonly cert: string; readonly key: string },
  ): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "natter-redis-"));
    const port = `${await freePort()}`;
    const tlsArgs = tls && [
      "--tls-cert-file",
      tls.cert,
      "--tls-key-file",
      tls.key,
      "--tls-auth-clients",
      "no",
    ];
    const ports = tlsArgs ? ["--port", "0", "--tls-port", port, ...tlsArgs] : ["--port", port];
    const server = new RedisServer(Number(port), folder, [...ports, ...args], tls !== undefined);
    await server.startAgain();
    return server;
  }

  /** A cluster: of one node, it has all slots; more share them evenly and know one another. */
  static async startCluster(nodes = 1): Promise<RedisServer[]> {
    const args = ["--cluster-enabled", "yes"];
    const servers = await Promise.all(Array.from({ length: nodes }, () => RedisServer.start(args)));
    const [first] = servers as [RedisServer];
    for (const [index, server] of servers.entries()) {
      const from = Math.round((index * SLOTS) / nodes);
      const to = Math.round(((index + 1) * SLOTS) / nodes) - 1;
      await server.ask("CLUSTER", "ADDSLOTSRANGE", `${from}`, `${to}`);
      if (server !== first) await server.ask("CLUSTER", "MEET", "127.0.0.1", `${first.port}`);
    }
    const isReady = async (server: RedisServer): Promise<boolean> => {
      const info = await server.ask("CLUSTER", "INFO");
      return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${nodes}`);
    };
    for (const server of servers)
      while (!(await isReady(server))) await new Promise((go) => setTimeout(go, 50));
    return servers;
  }

  private constructor(port: number, folder: string, args: readonly string[], isTls: boolean) {
    this.port = port;
    this.#isTls = isTls;
    this.#folder = folder;
    this.#args = args;
  }

  get url(): string {
    return this.#isTls ? `rediss://localhost:${this.port}` : `redis://127.0.0.1:${this.port}`;
  }

  /** On the same port as before; resolves once it answers. */
  async startAgain(): Promise<void> {
    const args = ["--bind", "127.0.0.1", "--dir", this.#folder, "--save", "", ...this.#args];
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    const ready = (async () => {
      for await (const text of child.stdout!.setEncoding("utf8")) {
        if (String(text).includes("Ready to accept connections")) return;
      }
      throw new Error("redis-server ended at its start");
    })();
    await inTime(ready, "redis-server to start");
    child.stdout!.resume();
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** It keeps its connections and answers nothing. */
  pause(): void {
    this.#child!.kill("SIGSTOP");
  }

  resume(): void {
    this.#child!.kill("SIGCONT");
  }

  /** Carries out one command, words without spaces. @returns the answer as it comes over the wire */
  async ask(...command: readonly string[]): Promise<string> {
    const socket = connect(this.port, "127.0.0.1").setEncoding("utf8");
    try {
      // What follows tells where the answer ends.
      socket.write(`${command.join(" ")}\r\nECHO the-end\r\n`);
      const answered = async (): Promise<string> => {
        let answer = "";
        for await (const text of socket) {
          answer += text;
          if (answer.endsWith(THE_END)) return answer.slice(0, -THE_END.length);
        }
        return answer;
      };
      return await inTime(answered(), `Redis to answer ${command[0]}`);
    } finally {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Of a cluster, 10,000 more must be free as well: there its nodes talk to each other. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}
