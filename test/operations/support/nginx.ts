import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../reliability/support/home.ts";
import { Program, ROOT } from "../../support/natter.ts";
import { until } from "./until.ts";

export const EXAMPLE = join(ROOT, "examples/nginx/natter.conf");

/** An nginx of its own with examples/nginx/natter.conf, on free ports of 127.0.0.1. */
export class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly plainPort: number;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(of: { port: number; plainPort: number; program: Program; folder: string }) {
    this.port = of.port;
    this.plainPort = of.plainPort;
    this.#program = of.program;
    this.#folder = of.folder;
  }

  /** Why there is none, if so. */
  static get isMissing(): string | false {
    return spawnSync("nginx", ["-v"]).status === 0 ? false : "nginx is not installed";
  }

  static async start(of: { port: number; natterPort: number; cert: string; key: string }): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), "natter-nginx-"));
    const plainPort = await freePort();
    writeFileSync(join(folder, "site.conf"), site({ ...of, plainPort }));
    writeFileSync(join(folder, "nginx.conf"), around(folder));
    const program = new Program("nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]);
    const nginx = new Nginx({ port: of.port, plainPort, program, folder });
    const isUp = (): boolean => program.child.exitCode !== null || answers(of.port);
    await until(isUp, (up) => up, "nginx to listen");
    if (program.child.exitCode !== null) throw new Error(`nginx does not run:\n${program.said()}`);
    return nginx;
  }

  /** What it complained of. */
  get complaints(): readonly string[] {
    return this.#program.err;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#program.child.exitCode === null) this.#program.child.kill("SIGTERM");
    await this.#program.exited;
    await rm(this.#folder, { recursive: true });
  }
}

/** The example itself, with the host, paths and ports of this test. A machine without IPv6 cannot listen on it. */
function site(of: {
  port: number;
  plainPort: number;
  natterPort: number;
  cert: string;
  key: string;
}): string {
  return readFileSync(EXAMPLE, "utf8")
    .replaceAll(/^\s*listen \[::\].*\n/gm, "")
    .replace("listen 80;", `listen 127.0.0.1:${of.plainPort};`)
    .replace("listen 443 ssl http2;", `listen 127.0.0.1:${of.port} ssl http2;`)
    .replace("127.0.0.1:8000", `127.0.0.1:${of.natterPort}`)
    .replace(/\/etc\/\S+fullchain\.pem/, of.cert)
    .replace(/\/etc\/\S+privkey\.pem/, of.key)
    .replaceAll("chat.example", "localhost");
}

/** What Debian's nginx.conf has around it, as far as it matters; and every file in the folder. */
function around(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    pid ${folder}/nginx.pid;
    ${process.getuid?.() === 0 ? "user root;" : ""}
    worker_processes 1;
    events { worker_connections 512; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
      include ${folder}/site.conf;
    }`;
}

function answers(port: number): boolean {
  const { status } = spawnSync("openssl", ["s_client", "-connect", `127.0.0.1:${port}`], { input: "" });
  return status === 0;
}
