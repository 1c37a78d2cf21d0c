// `npm run bench` measures everything; `npm run bench -- sends` one case. Figures go to bench/results.

import { print } from "./support/report.ts";

const CASES: Record<string, () => Promise<void>> = {
  sends: async () => (await import("./sends.ts")).sends(),
  reading: async () => (await import("./reading.ts")).reading(),
  client: async () => (await import("./client.ts")).client(),
  page: async () => (await import("./page.ts")).page(),
  store: async () => void (await import("./store.ts")),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in CASES));
if (unknown.length > 0) {
  print(`There is no benchmark ${unknown.join(", ")}: there are ${Object.keys(CASES).join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(CASES))
    if (asked.length === 0 || asked.includes(name)) await run();
}
