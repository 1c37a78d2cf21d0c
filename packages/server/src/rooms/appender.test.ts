import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { FakeClock } from "../simulation/fake-clock.ts";
import { drafts } from "../store/contract.ts";
import { createMemoryStore } from "../store/memory.ts";
import type { Draft } from "../store/store.ts";
import { Appender } from "./appender.ts";
import { Backlog } from "./backlog.ts";

/** How long the disk takes, in ms. */
const APPEND_MS = 3;

describe("what is sent to a room", () => {
  let clock: FakeClock;
  let startedAt: number;
  /** When the room may be written to again, in ms from the start. */
  let restsUntil: number;
  /** When each append was made and what was in it; and when the room was told. */
  let appends: [at: number, ids: string[]][];
  let told: number[];
  let appender: Appender;
  const sinceStart = (): number => Math.round(clock.elapsed() - startedAt);

  beforeEach(() => {
    clock = new FakeClock();
    startedAt = clock.elapsed();
    restsUntil = 0;
    appends = [];
    told = [];
    const store = createMemoryStore();
    appender = new Appender({
      room: "lobby",
      clock,
      backlog: new Backlog(clock),
      store: {
        ...store,
        append: async (room, given) => {
          appends.push([sinceStart(), given.map(({ id }) => id)]);
          await new Promise<void>((resolve) => clock.after(APPEND_MS, resolve));
          return store.append(room, given);
        },
      },
      waitMs: () => Math.max(0, restsUntil - sinceStart()),
      onFailed: () => assert.fail("nothing fails"),
      onStored: () => told.push(sinceStart()),
    });
  });

  const [one, two, three, four] = drafts(4) as [Draft, Draft, Draft, Draft];
  const send = (draft: Draft): void => appender.add(draft, { stored: () => {}, failed: () => assert.fail() });

  it("is stored at once where the room has rested, and what comes meanwhile is the next append", async () => {
    send(one);
    await clock.pass(1);
    for (const draft of [two, three]) send(draft);
    await clock.pass(10);
    assert.deepEqual(appends, [
      [0, [one.id]],
      [APPEND_MS, [two.id, three.id]],
    ]);
    assert.ok(appender.isIdle);
  });

  it("waits for company before it is stored where it would wait afterwards, and is told no later", async () => {
    send(one);
    await clock.pass(APPEND_MS);
    restsUntil = 13;
    for (const draft of [two, three, four]) {
      send(draft);
      await clock.pass(2);
    }
    await clock.pass(20);
    assert.deepEqual(appends, [
      [0, [one.id]],
      [13 - APPEND_MS, [two.id, three.id, four.id]],
    ]);
    assert.deepEqual(told, [APPEND_MS, 13]);
  });

  it("waits for nothing where the rest is shorter than an append takes", async () => {
    send(one);
    await clock.pass(APPEND_MS);
    restsUntil = 2 * APPEND_MS;
    send(two);
    await clock.pass(20);
    assert.deepEqual(appends.at(-1), [APPEND_MS, [two.id]]);
  });
});
