import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Backlog, MAX_WAITING_BYTES, MAX_WAITING_DRAFTS, MAX_WAITING_MS } from "./backlog.ts";

describe("what waits to be stored", () => {
  let now: number;
  let backlog: Backlog;

  beforeEach(() => {
    now = 0;
    backlog = new Backlog({ elapsed: () => now });
  });

  const isBusy = (room: string): boolean => backlog.refusalIn(room)?.code === "busy";

  it("M5 is busy once the oldest has waited too long, says for about how long, and is not once that is stored", () => {
    const first = backlog.add("lobby", "a");
    now = MAX_WAITING_MS - 1;
    const second = backlog.add("lobby", "b");
    assert.equal(isBusy("lobby"), false);
    now = 3_000;
    const waits = Array.from({ length: 100 }, () => backlog.refusalIn("lobby")!);
    assert.deepEqual(new Set(waits.map(({ code }) => code)), new Set(["busy"]));
    const ms = waits.map(({ retryAfterMs }) => retryAfterMs);
    assert.ok(Math.min(...ms) >= 3_000 && Math.max(...ms) <= 4_500);
    assert.ok(new Set(ms).size > 90, "they do not all come back at once");
    backlog.stored([first]);
    assert.equal(isBusy("lobby"), false);
    backlog.stored([second]);
    now = 1e6;
    assert.equal(isBusy("lobby"), false);
  });

  it("P7 is bounded in messages and in bytes as well, of all rooms together", () => {
    const tickets = Array.from({ length: MAX_WAITING_DRAFTS }, (_, index) => backlog.add(`${index}`, ""));
    assert.equal(isBusy("lobby"), true);
    backlog.failed(tickets);
    const text = "x".repeat(MAX_WAITING_BYTES / 4);
    const long = [backlog.add("a", text), backlog.add("b", text)];
    assert.equal(isBusy("lobby"), true);
    backlog.stored([long[0]!]);
    assert.equal(isBusy("lobby"), false);
  });

  it("M5 is busy before anybody has waited, where more waits than was stored of late in what the oldest may wait for", () => {
    const crowd = (): unknown[] => {
      const taken: unknown[] = [];
      while (!isBusy("lobby")) taken.push(backlog.add("lobby", "a"));
      return taken;
    };
    const first = Array.from({ length: 2_000 }, () => backlog.add("lobby", "a"));
    now = 1_000;
    backlog.stored(first);
    assert.equal(crowd().length, 2 * MAX_WAITING_MS);
  });

  it("M5 takes a thousand however slow all went, and more once it goes faster again", () => {
    const first = backlog.add("lobby", "a");
    now = 1e6;
    backlog.stored([first]);
    const tickets = Array.from({ length: 999 }, () => backlog.add("lobby", "a"));
    assert.equal(isBusy("lobby"), false);
    tickets.push(backlog.add("lobby", "a"));
    assert.equal(isBusy("lobby"), true);
    now += 100;
    backlog.stored(tickets);
    const more = Array.from({ length: 10_000 }, () => backlog.add("lobby", "a"));
    assert.equal(isBusy("lobby"), false);
    backlog.failed(more);
  });

  it("M5 of a room that waits while what came later is stored makes that room busy, and no other", () => {
    backlog.add("held", "a");
    now = 1_000;
    const later = backlog.add("lobby", "b");
    now = 1_010;
    backlog.stored([later]);
    now = 1e6;
    backlog.add("lobby", "c");
    assert.deepEqual([isBusy("held"), isBusy("lobby"), isBusy("other")], [true, false, false]);
  });

  it("M5 takes one message to find out whether only that room waits, and no more until it is stored in time", () => {
    backlog.add("held", "a");
    now = 3_000;
    assert.equal(isBusy("lobby"), false);
    const trial = backlog.add("lobby", "b");
    assert.deepEqual([isBusy("lobby"), isBusy("other")], [true, true]);
    now = 3_010;
    backlog.stored([trial]);
    backlog.add("lobby", "c");
    assert.deepEqual([isBusy("held"), isBusy("lobby"), isBusy("other")], [true, false, false]);
  });

  it("M5 makes all rooms busy where each is stored too late, and where what came later failed as well", () => {
    const tickets = Array.from({ length: 10 }, (_, room) => backlog.add(`${room}`, "a"));
    now = 3_000;
    backlog.add("trial", "b");
    backlog.stored([tickets[9]!]);
    assert.equal(isBusy("other"), true);
    backlog.failed([tickets[8]!]);
    assert.equal(isBusy("other"), true);
  });
});
