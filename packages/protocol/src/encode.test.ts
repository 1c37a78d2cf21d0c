import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientFrames } from "./client-frames.ts";
import { CLIENT_ORDER, encodeClientFrame, encodeServerFrame, SERVER_ORDER } from "./encode.ts";
import type { EventFrame } from "./frames.ts";
import { serverFrames } from "./server-frames.ts";

const EVENT =
  '{"type":"event","kind":"message","room":"lobby","seq":44,"at":5,"id":"a-44","from":{"id":"p","name":"Ada"},"text":"hi"}';

const ada = { name: "Ada", id: "p", session: "secret" };

/** Fields in another order, as a row of a database or a spread may bring them, and some that no frame has. */
const event = {
  ...{ text: "hi", from: ada, id: "a-44", at: 5, seq: 44, secret: "secret", room: "lobby" },
  ...({ kind: "message", type: "event", again: undefined } as const),
} satisfies EventFrame;

describe("encoding", () => {
  it("E4 an event is always the same bytes, whatever the order of its fields", () => {
    assert.equal(encodeServerFrame(event), EVENT);
  });

  it("Y1 a page holds the same bytes", () => {
    const page = { more: false, events: [event, event], ref: "7", room: "lobby", type: "page" } as const;
    const expected = `{"type":"page","room":"lobby","ref":"7","events":[${EVENT},${EVENT}],"more":false}`;
    assert.equal(encodeServerFrame({ ...page, events: [...page.events] }), expected);
  });

  it("I5 what is no field of a frame does not get out", () => {
    const you = { name: "Ada", id: "p", session: "secret" };
    assert.equal(
      encodeServerFrame({ type: "renamed", you }),
      '{"type":"renamed","you":{"id":"p","name":"Ada"}}',
    );
    const send = { text: "hi", id: "a", room: "lobby", type: "send" as const, secret: "secret" };
    assert.equal(encodeClientFrame(send), '{"type":"send","room":"lobby","id":"a","text":"hi"}');
  });

  it("F2 the encoder knows every field that the decoder does", () => {
    for (const [schemas, order] of [
      [clientFrames, CLIENT_ORDER],
      [serverFrames, SERVER_ORDER],
    ] as const) {
      const fields: Record<string, string[]> = {};
      for (const [type, schema] of Object.entries(schemas)) fields[type] = Object.keys(schema.entries);
      assert.deepEqual(Object.keys(order).sort(), Object.keys(fields).sort());
      for (const [type, keys] of Object.entries(order)) {
        const own = fields[type] ?? [];
        assert.deepEqual(
          keys.filter((key) => own.includes(key)),
          own,
          type,
        );
      }
    }
  });
});
