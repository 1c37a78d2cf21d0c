import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { RawClient } from "../support/raw-client.ts";
import { eventually } from "./support/eventually.ts";
import { Home, movableClock } from "./support/home.ts";
import { load } from "./support/load.ts";
import { checkPromises, readHistory } from "./support/log.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { SmallDisk } from "./support/small-disk.ts";

const MEGABYTES = 24;
const ROOMS = ["lobby", "team"];
const TIMES = 3;

describe("a full disk", () => {
  it(`refuses sends until there is room again, loses nothing acknowledged, and needs no restart, ${TIMES} times (P1 P6 P9)`, async (t) => {
    await withSmallDisk(t, async (disk) => {
      await using home = await Home.start({ folder: join(disk.folder, "data") });
      const clients = makeClients(home);
      const working = load(clients, 16);
      try {
        for (let time = 0; time < TIMES; time++) {
          await untilSomeAreStored(clients);
          disk.fill();
          await untilRefused(clients);
          const stored = clients.reduce((sum, { model }) => sum + model.settled, 0);
          await assertPlainIsTurnedAway(home);
          const log = await readHistory(home.wsPort, []);
          assert.equal(log.size, 0);
          assert.equal(home.natter.child.exitCode, null, "the server is up");
          disk.free();
          await eventually(
            () => clients.reduce((sum, { model }) => sum + model.settled, 0) > stored,
            "P1 it takes messages again by itself",
          );
        }
        working.stop();
        await eventually(() => clients.every(({ isSettled }) => isSettled), "P6 everybody knows");
        await untilAllHaveAll(clients);
        const { count } = await checkPromises(home, ROOMS, clients);
        t.diagnostic(`${count} events; refused sends: ${refusals(clients)}`);
      } finally {
        working.stop();
        for (const client of clients) client.end();
      }
    });
  });

  it("is made good though the clock went back by an hour meanwhile (P1)", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-clock-"));
    t.after(() => rm(folder, { recursive: true }));
    await withSmallDisk(t, async (disk) => {
      const clock = join(folder, "clock");
      await writeFile(clock, "0");
      await using home = await Home.start({ folder: join(disk.folder, "data"), env: movableClock(clock) });
      const clients = makeClients(home);
      const working = load(clients, 16);
      try {
        await untilSomeAreStored(clients);
        disk.fill();
        await untilRefused(clients, 5); // the store has tried to recover, and will again
        await writeFile(clock, "-3600000");
        disk.free();
        working.stop();
        await eventually(() => clients.every(({ isSettled }) => isSettled), "P6 everybody knows");
        await untilAllHaveAll(clients);
        await checkPromises(home, ROOMS, clients);
      } finally {
        working.stop();
        for (const client of clients) client.end();
      }
    });
  });
});

async function withSmallDisk(t: TestContext, test: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const disk = await SmallDisk.mount(MEGABYTES);
  if (typeof disk === "string") return t.skip(disk);
  await using _ = disk;
  await test(disk);
}

function makeClients(home: Home): ResumingClient[] {
  const random = new Random(1);
  return ["ada", "ben", "cem"].map(
    (name) => new ResumingClient({ name, rooms: ROOMS, port: home.wsPort, random }),
  );
}

async function untilSomeAreStored(clients: readonly ResumingClient[]): Promise<void> {
  const before = clients.map(({ model }) => model.settled);
  await eventually(
    () => clients.every(({ model }, n) => model.settled > before[n]! + 50),
    "acknowledgements",
  );
}

/** Every client is told, in the documented words, and may come again (P9). */
async function untilRefused(clients: readonly ResumingClient[], times = 1): Promise<void> {
  for (const { errors } of clients) errors.length = 0;
  const timesRefused = ({ errors }: ResumingClient): number =>
    errors.filter(({ code, ref }) => code === "unavailable" && ref !== undefined).length;
  await eventually(
    () => clients.every((client) => timesRefused(client) >= times),
    "P9 everybody's send is refused with `unavailable`",
  );
  throwFirstFailure(clients);
  for (const { errors } of clients) {
    for (const { code, retry } of errors) {
      assert.ok(retry && ["unavailable", "held"].includes(code), `${code} on a full disk, retry ${retry}`);
    }
  }
}

async function assertPlainIsTurnedAway(home: Home): Promise<void> {
  const plain = await RawClient.connect(home.wsPort, { path: "/lobby" });
  plain.send("a line that cannot be stored");
  assert.equal((await plain.closed).code, 1013, "P9 a plain client is told to come later");
}

async function untilAllHaveAll(clients: readonly ResumingClient[]): Promise<void> {
  const positions = (room: string) => clients.map(({ model }) => model.held(room)?.position);
  await eventually(() => ROOMS.every((room) => new Set(positions(room)).size === 1), "P5 all have the same");
}

function refusals(clients: readonly ResumingClient[]): number {
  return clients.reduce((sum, { errors }) => sum + errors.length, 0);
}
