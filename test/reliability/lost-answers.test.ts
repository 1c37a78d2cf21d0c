import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { BadProxy, type Link } from "./support/bad-proxy.ts";
import { eventually } from "./support/eventually.ts";
import { freePort, Home } from "./support/home.ts";
import { checkPromises } from "./support/log.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { SEED, sized, TIMEOUT_MS } from "./support/sizes.ts";

const SENDS = sized({ every: 1_000, long: 10_000 });
const CUT = 0.3;
const ROOMS = ["lobby", "team"];
/** Sent without waiting for one another: two on average. */
const MAX_BURST = 3;

describe("an acknowledgement that is lost on the way", () => {
  it(`costs nothing: each of ${SENDS} sends is there once and in order, though a cut follows 30 % of them (P3 P4 P6, seed ${SEED})`, {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    await using home = await Home.start();
    await using proxy = await BadProxy.start(await freePort(), home.wsPort);
    const random = new Random(SEED);
    let link: Link | undefined;
    proxy.onLink = (newest) => {
      link = newest;
    };
    const client = new ResumingClient({
      ...{ name: "sender", rooms: ROOMS, random, comeBackMs: 0 },
      port: proxy.port,
    });
    let cuts = 0;
    let answersLost = 0;
    try {
      for (let sent = 0; sent < SENDS; ) {
        const isJoined = (): boolean => ROOMS.every((room) => client.model.held(room)?.isJoined);
        await eventually(() => isJoined() || client.failure !== undefined, "the client to be back");
        throwFirstFailure([client]);
        const burst = Math.min(random.between(1, MAX_BURST), SENDS - sent);
        const isToBeCut = random.chance(2 * CUT);
        if (isToBeCut) loseAnswers(link!, random.chance(0.5));
        for (let count = burst; count > 0; count--) client.say(random.pick(ROOMS), `text ${++sent}`);
        if (isToBeCut) {
          cuts++;
          const before = client.connects;
          await eventually(() => client.connects > before, "the connection to be cut");
        } else {
          await eventually(() => client.isSettled || client.failure !== undefined, "the acknowledgements");
        }
      }
      await eventually(
        () => client.isSettled || client.failure !== undefined,
        "P6 the last acknowledgements",
      );
      const { count } = await checkPromises(home, ROOMS, [client]);
      assert.equal(count, SENDS);
      assert.ok(cuts > SENDS / 4, `only ${cuts} connections were cut`);
      assert.ok(answersLost > cuts / 4, `only ${answersLost} of ${cuts} cuts came after the answer`);
      t.diagnostic(`${cuts} connections cut, ${answersLost} of them after the server had answered`);
    } finally {
      client.end();
    }

    /** Nothing comes back any more; the end comes once the answer was sent, or as soon as the send was. */
    function loseAnswers(victim: Link, afterAnswer: boolean): void {
      victim.down.mode = "lose";
      if (!afterAnswer) {
        victim.up.onBytes = () => setImmediate(() => victim.cut());
        return;
      }
      victim.down.onBytes = (bytes) => {
        if (!bytes.includes('"type":"event"')) return;
        victim.down.onBytes = undefined;
        answersLost++;
        victim.cut();
      };
    }
  });
});
