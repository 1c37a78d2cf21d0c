import assert from "node:assert/strict";
import { it } from "node:test";
import { FakeClock } from "../simulation/fake-clock.ts";
import { FakeServer } from "../simulation/fake-server.ts";
import { Random } from "../simulation/random.ts";
import { StoreError } from "../store/errors.ts";
import { createMemoryStore } from "../store/memory.ts";

it("a plain client that gets no number is sent away and leaves no room open behind it", async () => {
  const clock = new FakeClock();
  const noNumber = async (): Promise<number> => {
    throw new StoreError("unavailable", "The store is away.");
  };
  const server = new FakeServer({ ...createMemoryStore(), takeNumber: noNumber }, clock, new Random(1));
  const closed: number[] = [];
  server.connect("", { receive: () => {}, closed: (code) => closed.push(code) });
  await clock.pass(5_000);
  assert.deepEqual(closed, [1013]);
  assert.equal(server.openRooms, 0);
});
