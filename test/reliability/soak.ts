// A soak: thousands of clients of three kinds that chat, are cut and come back, for as long as one likes. In the end
// memory has to be flat, no handle may be left, and what each reader saw has to be what is in the store.
//
//   npm run soak -- --minutes 20 --connections 2000 --rate 50

import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import { PlainSoaker, RawSoaker, SdkSoaker, type SoakClient } from "./soak/clients.ts";
import { growthOf, INSPECTABLE, type Memory, MemoryGauge } from "./soak/memory.ts";
import { readSums } from "./soak/sums.ts";
import { Home, megabytes } from "./support/home.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    connections: { type: "string", default: "2000" },
    /** Messages a second, of all together. */
    rate: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
  },
});
const [minutes, connections, rate] = [values.minutes, values.connections, values.rate].map(Number);
const random = new Random(Number(values.seed));
const ROOMS = Array.from({ length: 20 }, (_, index) => `soak-${index}`);
/** Connections that are lost in a second, one of so many: each lives for three minutes or so. */
const CUT_ONE_OF = 200;
/** Of a short run there are two samples a quarter all the same. */
const SAMPLE_EVERY_MS = Math.min(60_000, (minutes! * 60_000) / 8);
/** SQLite may keep a file more open than at the start. */
const HANDLES_MORE = 4;
/** A person of natter.v1 is gone so many ms after their last connection. */
const GRACE_MS = 12_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const handlesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const env = { NODE_OPTIONS: [process.env.NODE_OPTIONS, INSPECTABLE].filter(Boolean).join(" ") };
const home = await Home.start({ args: ["--message-rate", "2000"], env });
const gauge = await MemoryGauge.open(home.natter);
const handlesBefore = handlesOf(home.pid);
const clients: (SoakClient & { room: string })[] = [];
for (let index = 0; index < connections!; index++) {
  const room = ROOMS[index % ROOMS.length]!;
  const name = `Soaker ${index}`;
  const options = { port: home.wsPort, room, name, awayMs: () => 100 + random.next() * 3_000 };
  clients.push(Object.assign(make(index, options), { room }));
  if (index % 20 === 0) await pause(10);
}

function make(index: number, options: ConstructorParameters<typeof RawSoaker>[0]): SoakClient {
  // Whoever is in a room has all kinds around: kinds go by round, rooms by place in it.
  const kind = Math.floor(index / ROOMS.length) % 20;
  if (kind < 7) return new PlainSoaker(options, kind < 6);
  return kind < 17 ? new RawSoaker(options) : new SdkSoaker(options);
}

let said = 0;
let due = 0;
const talking = setInterval(() => {
  for (due += rate! / 100; due >= 1; due--) random.pick(clients).say(`message ${++said}`);
}, 10);
const cutting = setInterval(() => {
  for (let count = connections! / CUT_ONE_OF; count > 0; count--) random.pick(clients).cut();
}, 1_000);

const samples: Memory[] = [];
const since = performance.now();
while (performance.now() < since + minutes! * 60_000) {
  await pause(SAMPLE_EVERY_MS);
  const memory = await gauge.read();
  samples.push(memory);
  const heard = clients.reduce((sum, client) => sum + client.heard, 0);
  const minute = ((performance.now() - since) / 60_000).toFixed(1);
  say(
    `${minute} min: heap ${megabytes(memory.heap)}, resident ${megabytes(memory.resident)}, ` +
      `${handlesOf(home.pid)} handles, ${said} said, ${heard} heard`,
  );
}

clearInterval(talking);
clearInterval(cutting);
gauge.close();
await pause(5_000);
for (const client of clients) client.end();
await pause(GRACE_MS);
const handlesAfter = handlesOf(home.pid);
const code = await home.stop();

const wrongLogs: string[] = [];
const store = await openSqliteStore({ dataDir: home.folder });
const sums = new Map<string, Awaited<ReturnType<typeof readSums>>>();
for (const room of ROOMS) sums.set(room, await readSums(store, room));
await store.close();
let stored = 0;
for (const { events } of sums.values()) stored += events.length - 1;
for (const client of clients) {
  const fault = client.faultIn(sums.get(client.room)!);
  if (fault !== undefined) wrongLogs.push(`${client.kind} in ${client.room}: ${fault}`);
}

const failures: string[] = [...wrongLogs];
const memoryLines: string[] = [];
for (const kind of ["heap", "resident"] as const) {
  const { warm, last, isFlat } = growthOf(samples.map((memory) => memory[kind]));
  memoryLines.push(`${kind} ${megabytes(warm)} in the second quarter, ${megabytes(last)} in the last`);
  if (!isFlat) failures.push(`${kind} grew from ${megabytes(warm)} to ${megabytes(last)}`);
}
const unexpected = home.natter
  .said()
  .split("\n")
  .filter((line) => line.includes("unexpected"));
if (handlesAfter > handlesBefore + HANDLES_MORE)
  failures.push(`${handlesAfter - handlesBefore} handles are left`);
if (code !== 0) failures.push(`the server ended with ${code}`);
failures.push(...unexpected);

const byKind = Map.groupBy(clients, ({ kind }) => kind);
const kinds = [...byKind].map(([kind, all]) => `${all.length} ${kind}`).join(", ");
const heard = clients.reduce((sum, client) => sum + client.heard, 0);
say(
  `${minutes} min, ${kinds}; ${stored} events stored, ${heard} heard; each reader's log is the store's: ${wrongLogs.length === 0}`,
);
say(`memory once its garbage is collected: ${memoryLines.join("; ")}`);
say(`handles: ${handlesBefore} before, ${handlesAfter} after`);
for (const failure of failures.slice(0, 20)) say(`FAILED ${failure}`);
await home[Symbol.asyncDispose]();
process.exit(failures.length === 0 ? 0 : 1);
