// A room of ten thousand in which people come and go: what that costs the server, and each of those who are there.

import { type Found, runLoad } from "./fanout/measure.ts";
import { readOptions } from "./fanout/options.ts";
import { startChat } from "./fanout/peers.ts";
import { keep, median, print, printTable } from "./support/report.ts";
import { pinLoad } from "./support/server.ts";
import { WireClient } from "./support/wire-client.ts";

const MEMBERS = 10_000;
/** As the load generator names its only room. */
const ROOM = "room-0";
/** They say so much meanwhile, that it shows whether somebody waits. */
const PER_SECOND = 2;
const COME_A_SECOND = [0, 10, 50] as const;
const STAY_MS = 500;
const TIMES = { hold: 3, warm: 1, seconds: 10 };

/** @throws {BenchError} */
export async function presence(args: readonly string[]): Promise<void> {
  const { runs } = readOptions(args);
  pinLoad();
  const all = COME_A_SECOND.map((comeASecond) => ({ comeASecond, runs: [] as Found[] }));
  for (let run = 0; run < runs; run++)
    for (const each of all) each.runs.push(await measureBeside(each.comeASecond));
  print(
    `\nA room of ${MEMBERS.toLocaleString("en")} members of natter.v1, ${PER_SECOND} messages a second; ${runs} runs, medians`,
  );
  printTable(
    all.map(({ comeASecond, runs }) => {
      const of = (figure: (run: Found) => number): number => median(runs.map(figure));
      return {
        "come and go a second": comeASecond,
        "server CPU": of((run) => run.serverCpuSeconds / run.seconds).toFixed(2),
        "bytes a member and second": of((run) => run.bytesRead / MEMBERS / run.seconds).toFixed(0),
        "reads a member and second": of((run) => run.reads / MEMBERS / run.seconds).toFixed(1),
        "message p50 ms": of((run) => run.p50Us / 1_000).toFixed(1),
        "p99 ms": of((run) => run.p99Us / 1_000).toFixed(1),
      };
    }),
  );
  await keep("presence", { members: MEMBERS, perSecond: PER_SECOND, cases: all });
}

async function measureBeside(comeASecond: number): Promise<Found> {
  const server = await startChat();
  const passing = new Passers(server.port, comeASecond);
  try {
    const load = { protocol: "natter.v1", members: MEMBERS, senders: 64, rate: PER_SECOND };
    return await runLoad(server, { ...load, ...TIMES });
  } finally {
    await passing.stop();
    await server.stop();
  }
}

/** So many a second come, stay for a moment, and go; they begin once everybody else is there. */
class Passers {
  readonly #port: number;
  readonly #running: Promise<void>;
  readonly #stopped = Promise.withResolvers<void>();
  #isStopped = false;

  constructor(port: number, perSecond: number) {
    this.#port = port;
    this.#running = perSecond === 0 ? Promise.resolve() : this.#run(1_000 / perSecond);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopped.resolve();
    await this.#running;
  }

  async #run(everyMs: number): Promise<void> {
    while (!this.#isStopped && (await this.#pass()) < MEMBERS) await this.#pause(200);
    const passing: Promise<unknown>[] = [];
    while (!this.#isStopped) {
      passing.push(this.#pass());
      await this.#pause(everyMs);
    }
    await Promise.all(passing);
  }

  /** @returns how many were there */
  async #pass(): Promise<number> {
    const client = await WireClient.connect(this.#port);
    const joined = Promise.withResolvers<number>();
    client.onText = (payload) => {
      const frame = JSON.parse(payload.toString());
      if (frame.type === "joined") joined.resolve(frame.people.count);
    };
    client.send(`{"type":"hello","name":"Passer"}`);
    client.send(`{"type":"join","room":"${ROOM}"}`);
    const count = await Promise.race([joined.promise, this.#stopped.promise]);
    await this.#pause(STAY_MS);
    client.close();
    return count ?? 0;
  }

  #pause(ms: number): Promise<unknown> {
    return Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), this.#stopped.promise]);
  }
}
