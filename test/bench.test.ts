// What is measured is only worth as much as the load generator: that it counts right, and sees what goes wrong.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { Hub } from "@natter/hub";
import { doubtsOf, runLoad } from "../bench/fanout/measure.ts";
import { PEERS_BY_NAME } from "../bench/fanout/peers.ts";

const canRun = process.platform === "linux" && spawnSync("gcc", ["--version"]).status === 0;
const skip = canRun ? false : "needs Linux and gcc";

const LOAD = { members: 20, rooms: 2, senders: 3 };
const BRIEFLY = { ...LOAD, warm: 0.1, seconds: 0.3, settle: 0.1, patience: 0.5 };

/** A relay that does to every seventh message of a member what it is told to. */
async function openRelay(
  t: TestContext,
  tell: (text: string, say: (text: string) => void) => void,
): Promise<{ port: number; pid: number; met: () => number }> {
  const hub = await new Hub({ port: 0, logLevel: "silent" }).listen();
  t.after(() => hub.close({ graceful: false }));
  let count = 0;
  let met = 0;
  hub.on("connect", (client, request) => {
    met += 1;
    client.join(request.url!);
  });
  hub.on("message", (client, text) => {
    const say = (each: string): void =>
      client.rooms.forEach((room) => void hub.publish(room, `Client (1) : ${each}`, { except: client }));
    if (++count % 7 === 0) tell(String(text), say);
    else say(String(text));
  });
  return { port: hub.address!.port, pid: 0, met: () => met };
}

describe("the load generator", { skip }, () => {
  for (const name of ["c", "hub", "chat-plain", "chat-v1"] as const) {
    it(`counts every delivery once, saturated and paced, with ${PEERS_BY_NAME[name].title}`, async () => {
      const { start, protocol } = PEERS_BY_NAME[name];
      const server = await start();
      try {
        for (const rate of [0, 200]) {
          const found = await runLoad(server, { ...BRIEFLY, protocol, rate, patience: 20 });
          const each = name === "chat-v1" ? 10 : 9;
          assert.equal(found.expectedInAll, found.sentInAll * each);
          assert.equal(found.deliveredInAll, found.expectedInAll);
          assert.ok(found.messages > 0 && found.deliveries > 0 && found.checked >= found.deliveries);
          assert.deepEqual([found.wrongText, found.wrongOrder, found.closed], [0, 0, 0]);
          assert.ok(found.serverCpuSeconds > 0 && found.loadCpuSeconds > 0 && found.p99Us >= found.p50Us);
        }
      } finally {
        await server.stop();
      }
    });
  }

  it("takes the members of each room from one server to the next", async (t) => {
    const both = await Promise.all([openRelay(t, () => {}), openRelay(t, () => {})]);
    const found = await runLoad(
      { port: both.map(({ port }) => port).join(), pid: 0 },
      { ...BRIEFLY, protocol: "plain", rate: 100 },
    );
    assert.deepEqual(
      both.map(({ met }) => met()),
      [10, 10],
    );
    // These two know nothing of each other: whoever sends is heard by half of the others.
    assert.ok(found.deliveredInAll > 0 && found.deliveredInAll < found.expectedInAll);
  });

  let kept = "";
  for (const [fault, tell, doubt] of [
    ["lost", () => {}, /deliveries lost/],
    ["told twice", (text, say) => [text, text].forEach(say), /deliveries too many/],
    ["cut short", (text, say) => say(text.slice(0, 40)), /texts wrong/],
    ["changed", (text, say) => say(`${text.slice(0, 50)}?${text.slice(51)}`), /texts wrong/],
    [
      "overtaken",
      (text, say) => {
        if (kept !== "") say(kept);
        kept = text;
      },
      /out of order/,
    ],
  ] as [string, (text: string, say: (text: string) => void) => void, RegExp][]) {
    it(`tells of a message that was ${fault}`, async (t) => {
      const server = await openRelay(t, tell);
      const found = await runLoad(server, { ...BRIEFLY, protocol: "plain", rate: 500 });
      assert.match(doubtsOf(found, LOAD).join("; "), doubt);
    });
  }
});
