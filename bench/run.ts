// `npm run bench` measures everything; `npm run bench -- sends` one case. Figures go to bench/results. What stands
// behind a case's options is its own: `npm run bench -- fanout --quick`.

import { BenchError } from "./fanout/bench-error.ts";
import { print } from "./support/report.ts";

const CASES: Record<string, (options: readonly string[]) => Promise<void>> = {
  sends: async () => (await import("./sends.ts")).sends(),
  reading: async () => (await import("./reading.ts")).reading(),
  client: async () => (await import("./client.ts")).client(),
  page: async () => (await import("./page.ts")).page(),
  store: async () => void (await import("./store.ts")),
  fanout: async (options) => (await import("./fanout.ts")).fanout(options),
  connections: async (options) => (await import("./connections.ts")).connections(options),
  reconnect: async (options) => (await import("./reconnect.ts")).reconnect(options),
  cluster: async (options) => (await import("./cluster.ts")).cluster(options),
  growth: async (options) => (await import("./growth.ts")).growth(options),
  presence: async (options) => (await import("./presence.ts")).presence(options),
  "slow-readers": async (options) => (await import("./slow-readers.ts")).slowReaders(options),
};

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("--"));
const asked = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);

const unknown = asked.filter((name) => !(name in CASES));
if (unknown.length > 0) {
  print(`There is no benchmark ${unknown.join(", ")}: there are ${Object.keys(CASES).join(", ")}.`);
  process.exitCode = 2;
} else {
  try {
    for (const [name, run] of Object.entries(CASES))
      if (asked.length === 0 || asked.includes(name)) await run(options);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    print(error.message);
    process.exitCode = 1;
  }
}
