import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { enter } from "../conformance/peer.ts";
import { eventually } from "../reliability/support/eventually.ts";
import { Home } from "../reliability/support/home.ts";
import { load } from "../reliability/support/load.ts";
import { checkPromises } from "../reliability/support/log.ts";
import { ResumingClient, throwFirstFailure } from "../reliability/support/resuming-client.ts";
import { Natter } from "../support/natter.ts";
import { inTime, RawClient } from "../support/raw-client.ts";
import { ask } from "./support/ask.ts";
import { until } from "./support/until.ts";

const CLIENTS = 200;
const ROOMS = Array.from({ length: 20 }, (_, index) => `room-${index}`);
const UNSETTLED_EACH = 8;
const STOPPED_WITHIN_MS = 10_000;

describe("SIGTERM while 200 clients send", () => {
  it("P1 P6 X7 M5 turns readiness off, stores what was taken, spreads the return, ends with 0 within 10 s, and loses nothing", {
    timeout: 100_000,
  }, async (t) => {
    await using home = await Home.start();
    const random = new Random(1);
    const clients = Array.from(
      { length: CLIENTS },
      (_, index) =>
        new ResumingClient({
          name: `w${index}`,
          rooms: [ROOMS[index % ROOMS.length]!],
          port: home.wsPort,
          random,
          comeBackMs: 2_000,
        }),
    );
    const working = load(clients, UNSETTLED_EACH);
    try {
      await eventually(() => clients.every(({ model }) => model.settled >= 10), "acknowledgements", 40_000);
      // It does not answer the goodbye, so that there is time to look at a server that is stopping.
      const deaf = await RawClient.connect(home.wsPort, { paused: true });
      const polite = await RawClient.connect(home.wsPort, { path: "/quiet" });
      for (const client of clients) client.errors.length = client.closings.length = 0;

      const { natter } = home;
      const before = performance.now();
      natter.child.kill("SIGTERM");
      const off = await until(
        () => ask(home.port, "/readyz"),
        ({ status }) => status === 503,
        "not ready",
      );
      assert.equal(off.body, "The server is stopping.\n");
      assert.equal((await ask(home.port, "/healthz")).status, 200);
      assert.equal((await polite.closed).code, 1001, "a plain client is told that the server stops");
      assert.equal(await inTime(natter.exited, "the end", STOPPED_WITHIN_MS), 0);
      const stopMs = performance.now() - before;
      deaf.vanish();
      const { waiting } = await natter.logged("stopping");
      await natter.logged("stopped");

      await eventually(() => clients.every(({ closings }) => closings.length > 0), "everybody is told");
      const waits = clients.map(checkGoodbye);
      for (const [from, to] of [
        [500, 2_000],
        [2_000, 3_500],
        [3_500, 5_000],
      ] as const) {
        const count = waits.filter((ms) => ms >= from && ms <= to).length;
        assert.ok(count > CLIENTS / 6, `M5 only ${count} of ${CLIENTS} come back after ${from} to ${to} ms`);
      }

      await home.stop(); // the process is gone; this frees what the test holds of it
      await home.start();
      working.stop();
      await eventually(() => clients.every(({ isSettled }) => isSettled), "P6 everybody knows", 40_000);
      const isComplete = ({ model }: ResumingClient): boolean =>
        clients.every(
          (other) => model.rooms[0] !== other.model.rooms[0] || positionOf(model) === positionOf(other.model),
        );
      await eventually(() => clients.every(isComplete), "P5 all have the same", 40_000);
      const acked = clients.reduce((sum, { model }) => sum + model.settled, 0);
      const { count } = await checkPromises(home, ROOMS, clients);
      t.diagnostic(
        `${acked} acknowledged, ${count} events, ${waiting} waiting at SIGTERM; it took ${Math.round(stopMs)} ms`,
      );
    } finally {
      working.stop();
      for (const client of clients) client.end();
    }
    throwFirstFailure(clients);
  });
});

describe("SIGTERM while the disk is slow", () => {
  it("X7 serves no newcomer: until all is stored each is told to come again with 1012, and then none gets in", async () => {
    const preload = fileURLToPath(new URL("../reliability/support/slow-commits.ts", import.meta.url));
    const env = { NODE_OPTIONS: `--require=${preload}`, NATTER_TEST_COMMIT_MS: "1500" };
    await using natter = await Natter.start([], env);
    const ada = await enter({ host: "127.0.0.1", port: natter.wsPort }, "lobby");
    // It does not answer the goodbye, so that there is time to come when all others are gone.
    const deaf = await RawClient.connect(natter.wsPort, { path: "/quiet", paused: true });
    ada.say({ type: "send", room: "lobby", id: "last", text: "the last" });
    await ada.hearsNothing(); // it is on its way
    natter.child.kill("SIGTERM");
    await natter.logged("stopping");

    const kinds = [natter.port, natter.wsPort].flatMap((port) => [
      () => comeTo(port),
      () => comeTo(port, V1),
    ]);
    const outcomes: string[] = [];
    let isOver = false;
    void natter.exited.then(() => {
      isOver = true;
    });
    const coming = kinds.map(async (come) => {
      while (!isOver) outcomes.push(await come());
    });
    assert.equal((await ada.hear("event")).id, "last");
    assert.equal((await ada.refused("restarting")).ref, undefined);
    assert.equal((await ada.closing()).code, 1012);
    assert.equal(await inTime(natter.exited, "the end", STOPPED_WITHIN_MS), 0);
    await Promise.all(coming);
    deaf.vanish();
    assert.deepEqual(new Set(outcomes), new Set(["1012", "refused"]));
  });
});

const V1 = { "Sec-WebSocket-Protocol": "natter.v1" };

/** Connects and says what one says first. @returns the close code, what it heard, or that it did not get in */
async function comeTo(port: number, headers: Record<string, string> = {}): Promise<string> {
  const client = await RawClient.connect(port, { headers }).catch(() => undefined);
  if (client === undefined) {
    await new Promise(setImmediate);
    return "refused";
  }
  client.send('{"type":"hello","name":"Late"}');
  const heard = client.next().then(
    (text) => `heard ${text}`,
    async () => `${(await client.closed).code}`,
  );
  return await heard.finally(() => client.vanish());
}

function positionOf(model: ResumingClient["model"]): number | undefined {
  return model.held(model.rooms[0]!)?.position;
}

/** @returns when the client is to come back */
function checkGoodbye({ closings, errors, model }: ResumingClient): number {
  assert.equal(closings[0]?.code, 1012, `X7 ${model.name} is told that the server restarts`);
  const told = errors.filter(({ code }) => code === "restarting").map(({ retryAfterMs }) => retryAfterMs);
  assert.ok(told.length > 0, `X7 ${model.name} is told when to come back`);
  assert.equal(new Set(told).size, 1, `M5 ${model.name} is told one time, in each answer the same: ${told}`);
  return told[0]!;
}
