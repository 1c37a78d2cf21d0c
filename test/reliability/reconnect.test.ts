import { describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { eventually } from "./support/eventually.ts";
import { Home } from "./support/home.ts";
import { checkPromises } from "./support/log.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { SEED, sized, TIMEOUT_MS } from "./support/sizes.ts";

const ROOMS = Array.from({ length: 20 }, (_, index) => `room-${index}`);
const CLIENTS = sized({ every: 1_000, long: 10_000 });
const EVENTS_BEFORE = 20;
const EVENTS_MISSED = 40;
const PATIENCE_MS = sized({ every: 20_000, long: 120_000 });

describe("a mass reconnect", () => {
  it(`brings ${CLIENTS} clients up to date, all at once after a kill -9 (P5, seed ${SEED})`, {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    await using home = await Home.start();
    const random = new Random(SEED);
    const common = { port: home.wsPort, random };
    const writer = new ResumingClient({ ...common, name: "writer", rooms: ROOMS, comeBackMs: 0 });
    const readers = Array.from(
      { length: CLIENTS },
      (_, n) =>
        new ResumingClient({ ...common, name: `r${n}`, rooms: [ROOMS[n % ROOMS.length]!], comeBackMs: 0 }),
    );
    const clients = [writer, ...readers];
    const positionOf = ({ model }: ResumingClient): number => model.held(model.rooms[0]!)?.position ?? -1;
    const allAt = async (seq: number, who: readonly ResumingClient[]): Promise<number> => {
      const isThere = (client: ResumingClient): boolean =>
        client.failure !== undefined || positionOf(client) === seq;
      const ms = await eventually(() => who.every(isThere), `P5 everybody is at ${seq}`, PATIENCE_MS);
      throwFirstFailure(who);
      return ms;
    };
    const write = async (count: number, text: string): Promise<void> => {
      for (let n = 0; n < count; n++) {
        for (const room of ROOMS) writer.say(room, `${text} ${n}`);
        await eventually(() => writer.isSettled, "the acknowledgements");
      }
    };
    try {
      await allAt(0, readers);
      await write(EVENTS_BEFORE, "before");
      await allAt(EVENTS_BEFORE, readers);
      // They go at different moments, so that they come back with different positions.
      const leavers = [...readers];
      for (let round = 0; round < EVENTS_MISSED; round++) {
        await write(1, `missed ${round}`);
        for (const reader of leavers.splice(0, CLIENTS / EVENTS_MISSED)) reader.leave();
      }
      await home.kill();
      await home.start();
      for (const reader of readers) reader.comeBack();
      const ms = await allAt(EVENTS_BEFORE + EVENTS_MISSED, readers);
      await eventually(() => writer.isSettled && positionOf(writer) > 0, "the writer to be back");
      await checkPromises(home, ROOMS, clients);
      t.diagnostic(`${CLIENTS} clients had everything ${Math.round(ms)} ms after the server was back`);
    } finally {
      for (const client of clients) client.end();
    }
  });
});
