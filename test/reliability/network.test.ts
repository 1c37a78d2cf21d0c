import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { BadProxy } from "./support/bad-proxy.ts";
import { eventually } from "./support/eventually.ts";
import { freePort, Home } from "./support/home.ts";
import { checkPromises } from "./support/log.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { SEED, sized, TIMEOUT_MS } from "./support/sizes.ts";

const ROOMS = Array.from({ length: 5 }, (_, index) => `room-${index}`);
const { clientCount, troubles } = sized({
  every: { clientCount: 50, troubles: 300 },
  long: { clientCount: 300, troubles: 2_000 },
});
const TROUBLE_EVERY_MS = 10;
const HEALED_WITHIN_MS = 10_000;

describe("a bad network", () => {
  it(`is made good within 10 s of healing: ${clientCount} clients miss nothing (P5, seed ${SEED})`, {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    await using home = await Home.start();
    await using proxy = await BadProxy.start(await freePort(), home.wsPort);
    const random = new Random(SEED);
    const clients = Array.from({ length: clientCount }, (_, index) => {
      const rooms = [ROOMS[index % ROOMS.length]!, ROOMS[(index + 1) % ROOMS.length]!];
      return new ResumingClient({ name: `c${index}`, rooms, port: proxy.port, random, patienceMs: 2_000 });
    });
    try {
      for (let count = 0, said = 0; count < troubles; count++) {
        proxy.trouble(random);
        for (let n = random.between(0, 5); n > 0; n--)
          random.pick(clients).sendUpTo(4, () => `text ${++said}`);
        if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 20 * TROUBLE_EVERY_MS));
        throwFirstFailure(clients);
      }
      assert.ok(
        Object.values(proxy.faults).every((count) => count > 0),
        "every kind of trouble came",
      );
      proxy.heal();
      const isWell = ({ model, failure }: ResumingClient): boolean =>
        failure !== undefined ||
        (model.unsettled === 0 && model.rooms.every((room) => model.held(room)?.position === headOf(room)));
      const healedMs = await eventually(
        () => clients.every(isWell),
        () => `P5 ${clients.filter((client) => !isWell(client)).length} clients have not got everything`,
        HEALED_WITHIN_MS,
      );
      const { count } = await checkPromises(home, ROOMS, clients);
      const faults = JSON.stringify(proxy.faults);
      t.diagnostic(`${count} events through ${faults}; all had everything after ${Math.round(healedMs)} ms`);
    } finally {
      for (const client of clients) client.end();
    }

    /** Once nobody waits for an acknowledgement, somebody has the newest event of each room. */
    function headOf(room: string): number {
      return Math.max(...clients.map(({ model }) => model.held(room)?.position ?? 0));
    }
  });
});
