import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { eventually } from "./support/eventually.ts";
import { Home, movableClock } from "./support/home.ts";
import { checkPromises } from "./support/log.ts";
import { ResumingClient } from "./support/resuming-client.ts";

const HOUR_MS = 3_600_000;
const EACH = 50;

describe("a clock that is moved", () => {
  it("by an hour, both ways, changes times and no order (P2 P4 P5 E5)", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-clock-"));
    t.after(() => rm(folder, { recursive: true }));
    const clock = join(folder, "clock");
    const moveClock = (ms: number): Promise<void> => writeFile(clock, String(ms));
    await moveClock(0);
    await using home = await Home.start({ env: movableClock(clock) });
    const common = { port: home.wsPort, rooms: ["lobby"], random: new Random(1) };
    const clients = ["ada", "ben"].map((name) => new ResumingClient({ ...common, name }));
    try {
      for (const hours of [0, 1, -1, 0]) {
        await moveClock(hours * HOUR_MS);
        for (let count = 0; count < EACH; count++)
          for (const client of clients) client.say("lobby", `${hours}`);
        await eventually(() => clients.every(({ isSettled }) => isSettled), `sends with ${hours} hours`);
        for (const client of clients) client.wire?.cut(); // a position is resumed by the time of its event, too
      }
      const all = (): boolean => clients.every(({ model }) => model.held("lobby")?.position === 8 * EACH);
      await eventually(all, "P5 everybody has everything");
      const { log } = await checkPromises(home, ["lobby"], clients);
      const times = log.get("lobby")!.map(({ at, text }) => at - Number(text) * HOUR_MS);
      assert.ok(Math.max(...times) - Math.min(...times) < HOUR_MS / 2, "the clock really was moved");
    } finally {
      for (const client of clients) client.end();
    }
  });
});
