// A server under measurement: a process of its own on a core of its own, which says where it listens.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { canPin } from "../support/server.ts";

/** Nothing here takes so long to start, even on a busy machine. */
const PATIENCE_MS = 60_000;

export type RunningServer = {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
};

type Start = {
  readonly command: readonly string[];
  /** What it prints once it listens, with the port as its only group, if it says that. */
  readonly listens?: RegExp;
  readonly cwd?: string;
  /** It is not kept to one core. */
  readonly anyCore?: boolean;
  /** Default: SIGTERM. */
  readonly stopBy?: NodeJS.Signals;
};

/** @throws {Error} with its last words, where it ends before it listens, or is silent for long */
export async function startServer(of: Start): Promise<RunningServer> {
  const { command, listens, cwd, anyCore = false, stopBy = "SIGTERM" } = of;
  const pattern = listens ?? /ws:\/\/\S+:(\d+)$/;
  // taskset becomes the server itself, so that its pid is the server's.
  const [program, ...args] = [...(canPin() && !anyCore ? ["taskset", "-c", "0"] : []), ...command];
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd && { cwd }) });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const lines: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (how: string): void => {
      child.kill("SIGKILL");
      reject(new Error(`${command[0]} ${how}: ${lines.slice(-3).join(" / ")}`));
    };
    const late = setTimeout(() => fail("did not listen"), PATIENCE_MS);
    void exited.then(() => fail("ended"));
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        if (lines.length < 100) lines.push(line);
        const found = pattern.exec(line);
        if (found === null) return;
        clearTimeout(late);
        resolve(Number(found[1]));
      });
  });
  const stop = async (): Promise<void> => {
    child.kill(stopBy);
    const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    await exited;
    clearTimeout(late);
  };
  return { port, pid: child.pid!, stop };
}
