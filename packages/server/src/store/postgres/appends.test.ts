import assert from "node:assert/strict";
import { test } from "node:test";
import { usedBytes } from "../../../../../test/support/memory.ts";
import { draft } from "../contract.ts";
import { StoreError } from "../errors.ts";
import { Appends } from "./appends.ts";
import type { Database } from "./database.ts";

const PATIENCE_MS = 50;
const TEXT_BYTES = 262_144;
const TRANSACTIONS = 3;

test("P7 while PostgreSQL is away nothing is held of what was given up, whether its room has something under way or not", async () => {
  const away = {
    once: () => new Promise<never>(() => {}),
    deadline: () => performance.now() + PATIENCE_MS,
    tooLate: () => new StoreError("unavailable", "PostgreSQL gave no answer in time."),
  };
  const appends = new Appends(away as unknown as Database, TRANSACTIONS);
  const fails = async (room: string): Promise<void> => {
    const text = Buffer.alloc(TEXT_BYTES, "x").toString("latin1");
    await assert.rejects(appends.add(room, [draft("a", { text })]), { code: "unavailable" });
  };
  // Each of them has a transaction that nobody knows the end of.
  for (let room = 0; room < TRANSACTIONS; room++) await fails(`stuck ${room}`);
  const before = usedBytes();
  const rooms = Array.from({ length: 100 }, (_, index) => `room ${index}`);
  await Promise.all([...rooms, ...rooms.map(() => "stuck 0")].map(fails));
  const held = usedBytes() - before;
  assert.ok(held < 20 * TEXT_BYTES, `${held} bytes are held of ${200 * TEXT_BYTES}`);
});
