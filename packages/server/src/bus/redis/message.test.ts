import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomFrom } from "../../../../protocol/src/testing.ts";
import type { Hint } from "../bus.ts";
import { ALL_HINTS, events } from "../contract.ts";
import { decode, encode, isFrom, makeNodeName, senderPrefix } from "./message.ts";

const node = makeNodeName();

function read(message: string, topic = "room:lobby"): unknown {
  return decode(topic, Buffer.from(message));
}

describe("What is published over Redis", () => {
  test("is read as it was written, hints and words alike", () => {
    for (const hint of ALL_HINTS) assert.deepEqual(read(encode(node, hint)), { node, hint });
    for (const word of ["beat", "back", "bye", "lost"] as const) {
      assert.deepEqual(read(encode(node, word)), { node, word });
    }
  });

  test("is known by its first bytes as one's own", () => {
    const own = senderPrefix(node);
    assert.equal(isFrom(own, Buffer.from(encode(node, "beat"))), true);
    for (const other of [encode(makeNodeName(), "beat"), `${node}x beat`, node, "", " "]) {
      assert.equal(isFrom(own, Buffer.from(other)), false);
    }
  });

  test("by a newer node may have more in it; what is not known is left out, a type that is not known is no hint", () => {
    const person = { id: "ada", name: "Ada" };
    assert.deepEqual(
      read(`${node} ${JSON.stringify({ type: "came", person: { ...person, face: 1 }, n: 1, at: 5 })}`),
      {
        node,
        hint: { type: "came", person, n: 1 },
      },
    );
    assert.equal(read(`${node} ${JSON.stringify({ type: "waved", person })}`), undefined);
    assert.equal(read(`${node} wave`), undefined);
  });

  test("counts for nothing where its shape is wrong, or its events are no tail of the room", () => {
    const event = (events("lobby", "text") as Extract<Hint, { type: "events" }>).events[0]!;
    const asHint = (list: unknown): string => `${node} ${JSON.stringify({ type: "events", events: list })}`;
    assert.notEqual(read(asHint([event, { ...event, seq: 2 }])), undefined);
    for (const list of [
      [event, event],
      [{ ...event, seq: 2 }, event],
      [{ ...event, room: "other" }],
      [{ ...event, seq: 0 }],
      [{ ...event, seq: 1.5 }],
      [{ ...event, kind: "edit" }],
      [{ ...event, from: { id: "ada" } }],
      [{ ...event, text: undefined }],
      { length: 1, 0: event },
    ]) {
      assert.equal(read(asHint(list)), undefined, JSON.stringify(list));
    }
    assert.equal(read(asHint([event]), "person:lobby"), undefined);
    for (const nothing of [
      "",
      " ",
      node,
      `${node} `,
      `${node} {}`,
      ` {"type":"went","person":"a","n":1}`,
      `a/b beat`,
    ]) {
      assert.equal(read(nothing), undefined, nothing);
    }
  });

  test("never throws, whatever bytes it is (seed 8)", () => {
    const random = randomFrom(8);
    const below = (limit: number): number => Math.floor(random() * limit);
    for (let round = 0; round < 5_000; round++) {
      const bytes = Buffer.from(encode(node, ALL_HINTS[below(ALL_HINTS.length)]!));
      for (let times = below(4); times >= 0; times--) bytes[below(bytes.length)] = below(256);
      decode("room:lobby", bytes.subarray(0, random() < 0.2 ? below(bytes.length) : bytes.length));
    }
  });
});
