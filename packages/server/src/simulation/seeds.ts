// Runs many schedules of a simulation. In a thread of its own: the test runner watches every promise of the thread that
// it runs in, which doubles the time.

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** Counts of what happened. */
export type Counts = { [what: string]: number };
type Task = { readonly module: string; readonly from: number; readonly to: number; readonly options: object };
type Simulation = { simulate(seed: number, options: object): Promise<Counts> };

/**
 * @param module exports `simulate`, which counts what happened in the schedule of a seed, and throws what was broken
 * @returns the sums of the counts
 */
export async function runSeeds<Report extends Counts>(
  module: URL,
  from: number,
  to: number,
  options: object,
): Promise<Report> {
  const task: Task = { module: module.href, from, to, options };
  const worker = new Worker(new URL(import.meta.url), { workerData: { simulation: task } });
  return await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the simulation's thread ended with ${code}`)));
  });
}

async function run({ module, from, to, options }: Task): Promise<Counts> {
  const { simulate } = (await import(module)) as Simulation;
  const total: Counts = {};
  for (let seed = from; seed <= to; seed++) {
    const counts = await simulate(seed, options).catch((error) => {
      const what = `seed ${seed} ${JSON.stringify(options)}: ${error.message}`;
      throw new Error(`${what}\n${error.stack}`);
    });
    for (const [what, count] of Object.entries(counts)) total[what] = (total[what] ?? 0) + count;
  }
  return total;
}

const task = isMainThread ? undefined : (workerData as { simulation?: Task } | null)?.simulation;
if (task !== undefined) parentPort!.postMessage(await run(task));
