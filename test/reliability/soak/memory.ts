// What a server holds once its garbage is collected. What a process keeps beside that comes and goes as it likes: of a
// heap that stays at 40 MB it may have 230 MB resident in one quarter of an hour, and 260 in the next.

import type { Natter } from "../../support/natter.ts";
import { inTime } from "../../support/raw-client.ts";
import { residentBytes } from "../support/home.ts";

/** For NODE_OPTIONS of the server: its inspector takes a port of its own, and only when it is asked to open one. */
export const INSPECTABLE = "--inspect-port=127.0.0.1:0";

/** In bytes: the heap of the main thread, and all that the process has resident. */
export type Memory = { readonly heap: number; readonly resident: number };

type Answer = { id: number; result?: { usedSize?: number }; error?: { message: string } };

/** The server's memory, through its inspector. */
export class MemoryGauge {
  readonly #pid: number;
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
  }

  static async open(natter: Natter): Promise<MemoryGauge> {
    natter.child.kill("SIGUSR1");
    const [, url] = await natter.line(/Debugger listening on (ws:\S+)/, natter.err);
    const socket = new WebSocket(url!);
    await inTime(new Promise((resolve) => socket.addEventListener("open", resolve)), "the inspector");
    return new MemoryGauge(natter.child.pid!, socket);
  }

  async read(): Promise<Memory> {
    await this.#ask("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#ask("Runtime.getHeapUsage");
    return { heap: usedSize!, resident: await residentBytes(this.#pid) };
  }

  close(): void {
    this.#socket.close();
  }

  #ask(method: string): Promise<NonNullable<Answer["result"]>> {
    const id = ++this.#lastId;
    const answered = Promise.withResolvers<NonNullable<Answer["result"]>>();
    const listen = ({ data }: MessageEvent): void => {
      const answer: Answer = JSON.parse(String(data));
      if (answer.id !== id) return;
      this.#socket.removeEventListener("message", listen);
      if (answer.result === undefined) answered.reject(new Error(answer.error?.message ?? method));
      else answered.resolve(answer.result);
    };
    this.#socket.addEventListener("message", listen);
    this.#socket.send(JSON.stringify({ id, method }));
    return inTime(answered.promise, method);
  }
}

/** Growth from the second quarter to the last that is still flat. */
const FLAT = 1.1;

/** What it was in the second quarter of the time, when caches are warm, and in the last; both means. */
export function growthOf(samples: readonly number[]): { warm: number; last: number; isFlat: boolean } {
  const quarter = Math.floor(samples.length / 4);
  const mean = (part: readonly number[]): number => part.reduce((sum, each) => sum + each, 0) / part.length;
  const [warm, last] = [mean(samples.slice(quarter, 2 * quarter)), mean(samples.slice(-quarter))];
  return { warm, last, isFlat: last <= warm * FLAT };
}
