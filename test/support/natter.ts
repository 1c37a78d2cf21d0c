// natter as its users run it: a process of its own, on free ports, with a data folder of its own.

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inTime } from "./raw-client.ts";

/** A start is all computing: a machine that does much else takes many times the second that it needs. */
const STARTING_MS = 60_000;

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A program with what it prints, line by line. */
export class Program {
  readonly child: ChildProcess;
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly exited: Promise<number | null>;
  #wake: (() => void)[] = [];

  constructor(
    command: string,
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string; stdio?: StdioOptions } = {},
  ) {
    this.child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], ...options });
    this.#collect(this.child.stdout!, this.out);
    this.#collect(this.child.stderr!, this.err);
    this.exited = new Promise((resolve) => {
      this.child.once("close", (code) => {
        resolve(code);
        this.#wakeAll();
      });
    });
  }

  /** The first line printed that matches, now or later. Fails when the program ends without it. */
  async line(
    pattern: RegExp,
    lines: readonly string[] = this.out,
    patienceMs?: number,
  ): Promise<RegExpExecArray> {
    const search = async (): Promise<RegExpExecArray> => {
      for (let index = 0; ; ) {
        for (; index < lines.length; index++) {
          const found = pattern.exec(lines[index]!);
          if (found) return found;
        }
        if (this.child.exitCode !== null) throw new Error(`ended without ${pattern}:\n${this.said()}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    };
    return await inTime(search(), `${pattern} in the output:\n${this.said()}`, patienceMs);
  }

  /** What it prints as its so-manieth line, from 0. */
  async lineAt(index: number): Promise<string> {
    const wait = async (): Promise<string> => {
      while (this.out.length <= index) {
        if (this.child.exitCode !== null) throw new Error(`ended before line ${index}:\n${this.said()}`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
      return this.out[index]!;
    };
    return await inTime(wait(), `line ${index} of the output`);
  }

  said(): string {
    return [...this.out, ...this.err].join("\n");
  }

  #collect(stream: NodeJS.ReadableStream, lines: string[]): void {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      this.#wakeAll();
    });
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** One line of natter's log. */
export type LogLine = { readonly level: string; readonly event: string } & Record<string, unknown>;

/** A running natter. */
export class Natter extends Program implements AsyncDisposable {
  port = 0;
  wsPort = 0;
  /** Its data, removed in the end; unless the arguments name another. */
  folder = "";

  /** @param args after `--port 0 --ws-port 0 --data <a new folder>`, so that they win */
  static async start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Natter> {
    const folder = await mkdtemp(join(tmpdir(), "natter-test-"));
    const natter = new Natter(
      process.execPath,
      [...MAIN, "--port", "0", "--ws-port", "0", "--data", folder, ...args],
      { env: { ...process.env, ...env } },
    );
    natter.folder = folder;
    try {
      natter.port = Number((await natter.line(/https?:\/\/\S+:(\d+)$/, natter.out, STARTING_MS))[1]);
      natter.wsPort = Number((await natter.line(/wss?:\/\/\S+:(\d+)$/))[1]);
      await natter.line(/Data/);
    } catch (error) {
      // A test that fails here ends: nothing runs on.
      await natter[Symbol.asyncDispose]();
      throw error;
    }
    return natter;
  }

  /** What it has logged so far, but for what is no line of its log. */
  get log(): readonly LogLine[] {
    return this.err.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as LogLine] : []));
  }

  /** What it has said on stderr that an operator would want to know: all but news. */
  get complaints(): readonly string[] {
    return this.err.filter((line) => !/"level":"(debug|info)"/.test(line));
  }

  /** The first event of a kind that it logs, now or later. */
  async logged(event: string): Promise<LogLine> {
    return JSON.parse((await this.line(new RegExp(`^{.*"event":"${event}".*`), this.err))[0]) as LogLine;
  }

  /** Stops it as an operator would. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return await inTime(this.exited, "natter to stop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) this.child.kill("SIGKILL");
    await this.exited;
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}

/** The arguments with which Node runs natter's command from its source. */
export const MAIN: readonly string[] = [
  "--conditions=@natter/source",
  join(ROOT, "packages/server/src/main.ts"),
];

/** Runs natter's command to its end. */
export async function runNatter(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const program = new Program(process.execPath, [...MAIN, ...args], { env: { ...process.env, ...env } });
  const code = await inTime(program.exited, `natter ${args.join(" ")} to end`);
  return { code, out: program.out.join("\n"), err: program.err.join("\n") };
}
