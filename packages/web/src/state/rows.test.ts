import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EventFrame, Message } from "@natter/client";
import { indexBehind, type RowSource, rowAt, rowCount } from "./rows.ts";

const NOON = new Date(2026, 10, 24, 12, 0).getTime();
const MINUTE = 60_000;

function event(seq: number, id: string, at: number, name = id): EventFrame {
  return {
    type: "event",
    kind: "message",
    room: "lobby",
    seq,
    at,
    id: `id-${seq}`,
    from: { id, name },
    text: "hi",
  };
}

function rows(source: Partial<RowSource>) {
  const whole: RowSource = { events: [], messages: [], unreadAfter: undefined, me: "me", ...source };
  return Array.from({ length: rowCount(whole) }, (_, index) => rowAt(whole, index)!);
}

const message = (id: string, at: number) => ({ id, at }) as Message;

describe("the rows of a timeline", () => {
  it("are the events, then what waits", () => {
    const all = rows({ events: [event(1, "a", NOON), event(2, "b", NOON)], messages: [message("x", NOON)] });
    assert.deepEqual(
      all.map(({ key }) => key),
      ["e1", "e2", "mx"],
    );
    assert.equal(rowAt({ events: [], messages: [], unreadAfter: undefined, me: "me" }, 0), undefined);
  });

  it("of one person in one breath stand under one name", () => {
    const all = rows({
      events: [
        event(1, "a", NOON),
        event(2, "a", NOON + MINUTE),
        event(3, "b", NOON + MINUTE),
        event(4, "b", NOON + 7 * MINUTE),
      ],
    });
    assert.deepEqual(
      all.map(({ isFirst }) => isFirst),
      [true, false, true, true],
    );
  });

  it("of one person under another name begin anew", () => {
    const all = rows({ events: [event(1, "a", NOON, "Ada"), event(2, "a", NOON, "Ada L.")] });
    assert.equal(all[1]!.isFirst, true);
  });

  it("begin a day with its first, by the clock of this place", () => {
    const late = new Date(2026, 10, 24, 23, 59).getTime();
    const all = rows({ events: [event(1, "a", late), event(2, "a", late + 2 * MINUTE)] });
    assert.deepEqual(
      all.map(({ isDay, isFirst }) => [isDay, isFirst]),
      [
        [true, true],
        [true, true],
      ],
    );
  });

  it("have the line of what is unread once, before the first event behind the position, and a name below it", () => {
    const events = [event(1, "a", NOON), event(2, "a", NOON), event(3, "a", NOON)];
    assert.deepEqual(
      rows({ events, unreadAfter: 1 }).map(({ isUnread }) => isUnread),
      [false, true, false],
    );
    assert.equal(rows({ events, unreadAfter: 1 })[1]!.isFirst, true);
    assert.equal(
      rows({ events, unreadAfter: 3 }).some(({ isUnread }) => isUnread),
      false,
    );
    assert.equal(rows({ events, unreadAfter: 0 })[0]!.isUnread, true);
  });

  it("put what one just said under one's own last event", () => {
    const all = rows({
      events: [event(1, "me", NOON)],
      messages: [message("x", NOON + MINUTE), message("y", NOON + MINUTE)],
    });
    assert.deepEqual(
      all.map(({ isFirst }) => isFirst),
      [true, false, false],
    );
    assert.equal(rows({ events: [event(1, "a", NOON)], messages: [message("x", NOON)] })[1]!.isFirst, true);
  });
});

describe("indexBehind", () => {
  it("finds the first event behind a seq, where some seqs are of kinds that are not shown, too", () => {
    const events = [2, 3, 7, 8].map((seq) => event(seq, "a", NOON));
    assert.deepEqual(
      [0, 1, 2, 5, 7, 8, 99].map((seq) => indexBehind(events, seq)),
      [0, 0, 1, 2, 3, 4, 4],
    );
  });
});
