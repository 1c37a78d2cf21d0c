import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { eventually } from "./support/eventually.ts";
import { Home } from "./support/home.ts";
import { load, PlainPair } from "./support/load.ts";
import { checkPromises } from "./support/log.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { SEED, sized, TIMEOUT_MS } from "./support/sizes.ts";

const ROOMS = ["lobby", "team", "garden"];
const WRITERS = 8;
const STOPS = sized({ every: 5, long: 50 });
const ACKS_BETWEEN = 300;
const STOPPED_WITHIN_MS = 5_000;

describe("a server stopped with SIGTERM under load", () => {
  it(`loses nothing, tells everybody when to come back, and ends with 0 within 5 s, ${STOPS} times (P1 P6 X7, seed ${SEED})`, {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    await using home = await Home.start();
    const random = new Random(SEED);
    const clients = Array.from(
      { length: WRITERS },
      (_, index) => new ResumingClient({ name: `w${index}`, rooms: ROOMS, port: home.wsPort, random }),
    );
    const plain = new PlainPair(home.wsPort, ROOMS[0]!);
    const working = load(clients, 32);
    const acked = (): number => clients.reduce((sum, { model }) => sum + model.settled, 0);
    let slowestMs = 0;
    try {
      for (let stop = 0; stop < STOPS; stop++) {
        const enough = acked() + ACKS_BETWEEN;
        const isReady = (): boolean =>
          clients.every(({ model }) => model.isConnected) && plain.isOpen && acked() >= enough;
        await eventually(() => isReady() || clients.some(({ failure }) => failure), "acknowledgements");
        throwFirstFailure(clients);
        for (const client of clients) client.errors.length = client.closings.length = 0;
        plain.closings.length = plain.listenerClosings.length = 0;
        const before = performance.now();
        assert.equal(await home.stop(), 0);
        slowestMs = Math.max(slowestMs, performance.now() - before);
        const isTold = ({ closings }: { closings: readonly unknown[] }): boolean => closings.length > 0;
        await eventually(() => [...clients, plain].every(isTold), "X7 everybody is told");
        checkGoodbyes(clients, plain);
        await home.start();
      }
      working.stop();
      plain.stop();
      await eventually(() => clients.every(({ isSettled }) => isSettled), "P6 everybody knows");
      const positions = (room: string) => clients.map(({ model }) => model.held(room)?.position);
      await eventually(
        () => ROOMS.every((room) => new Set(positions(room)).size === 1),
        "P5 all have the same",
      );
      const { count } = await checkPromises(home, ROOMS, clients);
      assert.ok(slowestMs < STOPPED_WITHIN_MS, `it took ${slowestMs} ms to stop`);
      t.diagnostic(
        `${acked()} acknowledged, ${count} events; the slowest stop took ${Math.round(slowestMs)} ms`,
      );
    } finally {
      working.stop();
      plain.end();
      for (const client of clients) client.end();
    }
  });
});

function checkGoodbyes(clients: readonly ResumingClient[], plain: PlainPair): void {
  const waits = new Set<number | undefined>();
  for (const { closings, errors, model } of clients) {
    assert.equal(closings[0]?.code, 1012, `${model.name} is told that the server restarts`);
    // The one without a ref: those with one refuse the sends that came while the last ones were stored.
    const goodbye = errors.filter(({ code, ref }) => code === "restarting" && ref === undefined);
    assert.equal(goodbye.length, 1, `${model.name} is told when to come back`);
    assert.ok(goodbye[0]!.retry);
    waits.add(goodbye[0]!.retryAfterMs);
  }
  assert.ok(!waits.has(undefined) && waits.size > clients.length / 2, "M5 not everybody comes back at once");
  assert.equal(plain.listenerClosings[0], 1001, "a plain client is told that the server stops");
  // One that still speaks is told that its line was not stored (B6).
  assert.ok(
    [1001, 1013].includes(plain.closings[0] ?? 0),
    `the one that speaks is closed with ${plain.closings[0]}`,
  );
}
