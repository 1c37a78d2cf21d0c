import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EventFrame } from "@natter/protocol";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { eventually } from "./support/eventually.ts";
import { Home } from "./support/home.ts";
import { load, PlainPair } from "./support/load.ts";
import { checkPromises } from "./support/log.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { SEED, sized, TIMEOUT_MS } from "./support/sizes.ts";

const WRITERS = 8;
const UNSETTLED = 32;
const ROOMS = Array.from({ length: 20 }, (_, index) => `room-${index}`);
/** In the long run not everybody is everywhere, for each writer keeps all that it gets. */
const { cycles, acks, roomsEach } = sized({
  every: { cycles: 10, acks: 500, roomsEach: 20 },
  long: { cycles: 200, acks: 5_000, roomsEach: 4 },
});

describe("a server killed with kill -9 under load", () => {
  it(`keeps P1 P2 P3 P4 P5 P6 through ${cycles} kills, ${WRITERS} writers, ${ROOMS.length} rooms (seed ${SEED})`, {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    await using home = await Home.start();
    const random = new Random(SEED);
    const clients = Array.from({ length: WRITERS }, (_, index) => {
      const rooms = Array.from(
        { length: roomsEach },
        (_, n) => ROOMS[(index * roomsEach + n) % ROOMS.length]!,
      );
      return new ResumingClient({ name: `w${index}`, rooms, port: home.wsPort, random });
    });
    const plain = new PlainPair(home.wsPort, ROOMS[0]!);
    const working = load(clients, UNSETTLED);
    const acked = (): number => clients.reduce((sum, { model }) => sum + model.settled, 0);
    try {
      for (let cycle = 0; cycle < cycles; cycle++) {
        const enough = acked() + acks + random.between(0, acks / 10);
        await eventually(() => acked() >= enough || clients.some(({ failure }) => failure), "acks", 30_000);
        throwFirstFailure(clients);
        await home.kill();
        await home.start();
      }
      working.stop();
      plain.stop();
      await eventually(
        () => clients.every(({ isSettled }) => isSettled),
        "P6 everybody knows what became of their sends",
      );
      const heads = (): boolean => isEverybodyAtOneHead(clients);
      await eventually(heads, "P5 everybody has what everybody has");
      const { log, count } = await checkPromises(home, ROOMS, clients);
      checkPlain(plain, log.get(ROOMS[0]!)!);
      t.diagnostic(`${acked()} acknowledged, ${count} events, ${plain.heard.length} plain lines heard`);
    } finally {
      working.stop();
      plain.end();
      for (const client of clients) client.end();
    }
  });
});

function isEverybodyAtOneHead(clients: readonly ResumingClient[]): boolean {
  return ROOMS.every((room) => {
    const positions = clients.flatMap(({ model }) => model.held(room)?.position ?? []);
    return positions.every((position) => position === positions[0]);
  });
}

/** A plain client's line has no acknowledgement: it is there once or not at all, and what was heard is there. */
function checkPlain(plain: PlainPair, events: readonly EventFrame[]): void {
  const stored = events
    .filter(({ from }) => from.plain)
    .map(({ text }) => Number(text.slice("line ".length)));
  assert.ok(stored.length > 0 && plain.heard.length > 0);
  for (const [index, line] of stored.entries()) {
    if (index > 0) assert.ok(line > stored[index - 1]!, `P4 line ${line} stands after ${stored[index - 1]}`);
  }
  const all = new Set(stored);
  for (const line of plain.heard) assert.ok(all.has(line), `P1 line ${line} was heard and is gone`);
}
