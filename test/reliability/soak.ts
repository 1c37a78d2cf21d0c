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
import { readSums } from "./soak/sums.ts";
import { Home, residentBytes } from "./support/home.ts";

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
/** Growth from the second quarter to the last that is still flat: garbage comes and goes. */
const FLAT = 1.1;
/** SQLite may keep a file more open than at the start. */
const HANDLES_MORE = 4;
/** A person of natter.v1 is gone so many ms after their last connection. */
const GRACE_MS = 12_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const handlesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const home = await Home.start({ args: ["--message-rate", "2000"] });
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

const samples: number[] = [];
const until = performance.now() + minutes! * 60_000;
for (let second = 0; performance.now() < until; second += 5) {
  await pause(5_000);
  samples.push((await residentBytes(home.pid)) / 1024 / 1024);
  if (second % 60 > 0) continue;
  const heard = clients.reduce((sum, client) => sum + client.heard, 0);
  say(
    `${Math.round(second / 60)} min: ${samples.at(-1)!.toFixed(0)} MB, ${handlesOf(home.pid)} handles, ` +
      `${said} said, ${heard} heard`,
  );
}

clearInterval(talking);
clearInterval(cutting);
await pause(5_000);
for (const client of clients) client.end();
await pause(GRACE_MS);
const handlesAfter = handlesOf(home.pid);
const code = await home.stop();

const failures: string[] = [];
const store = await openSqliteStore({ dataDir: home.folder });
const sums = new Map<string, Awaited<ReturnType<typeof readSums>>>();
for (const room of ROOMS) sums.set(room, await readSums(store, room));
await store.close();
let stored = 0;
for (const { events } of sums.values()) stored += events.length - 1;
for (const client of clients) {
  const fault = client.faultIn(sums.get(client.room)!);
  if (fault !== undefined) failures.push(`${client.kind} in ${client.room}: ${fault}`);
}

const mean = (part: readonly number[]): number => part.reduce((sum, each) => sum + each, 0) / part.length;
const quarter = Math.floor(samples.length / 4);
const [warm, last] = [mean(samples.slice(quarter, 2 * quarter)), mean(samples.slice(-quarter))];
const unexpected = home.natter
  .said()
  .split("\n")
  .filter((line) => line.includes("unexpected"));
if (last > warm * FLAT) failures.push(`memory grew from ${warm.toFixed(0)} to ${last.toFixed(0)} MB`);
if (handlesAfter > handlesBefore + HANDLES_MORE)
  failures.push(`${handlesAfter - handlesBefore} handles are left`);
if (code !== 0) failures.push(`the server ended with ${code}`);
failures.push(...unexpected);

const byKind = Map.groupBy(clients, ({ kind }) => kind);
const kinds = [...byKind].map(([kind, all]) => `${all.length} ${kind}`).join(", ");
const heard = clients.reduce((sum, client) => sum + client.heard, 0);
say(
  `${minutes} min, ${kinds}; ${stored} events stored, ${heard} heard; each reader's log is the store's: ${failures.length === 0}`,
);
say(
  `memory: ${warm.toFixed(0)} MB in the second quarter, ${last.toFixed(0)} MB in the last, at most ${Math.max(...samples).toFixed(0)} MB`,
);
say(`handles: ${handlesBefore} before, ${handlesAfter} after`);
for (const failure of failures.slice(0, 20)) say(`FAILED ${failure}`);
await home[Symbol.asyncDispose]();
process.exit(failures.length === 0 ? 0 : 1);
