import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeClientFrame } from "./decode-client.ts";
import { decodeServerFrame } from "./decode-server.ts";

const PING = new TextEncoder().encode('{"type":"ping"}');

/** Bytes that are not UTF-8: stray, overlong, a surrogate, past U+10FFFF, cut short. */
const BROKEN = ["ff", "80", "c0af", "eda080", "f4908080", "e282"].map((hex) => Buffer.from(hex, "hex"));

function messageOf(json: string): string {
  const decoded = decodeClientFrame(json);
  assert.ok(!decoded.ok);
  return decoded.error.message;
}

describe("decoding", () => {
  it("F1 takes text, bytes and an ArrayBuffer alike", () => {
    const buffer = new Uint8Array(PING).buffer;
    for (const data of ['{"type":"ping"}', PING, buffer]) {
      assert.deepEqual(decodeClientFrame(data), { ok: true, frame: { type: "ping" } });
    }
    assert.deepEqual(decodeServerFrame('{"type":"pong"}'), { ok: true, frame: { type: "pong" } });
  });

  it("F1 refuses a byte order mark in bytes as in text", () => {
    assert.equal(decodeClientFrame(Uint8Array.of(0xef, 0xbb, 0xbf, ...PING)).ok, false);
  });

  it("F5 bytes that are not UTF-8 are a typed error, wherever they stand", () => {
    for (const broken of BROKEN) {
      for (const data of [
        broken,
        Buffer.concat([PING, broken]),
        Buffer.concat([Buffer.from('{"type":"'), broken]),
      ]) {
        for (const decode of [decodeClientFrame, decodeServerFrame]) {
          const decoded = decode(data);
          assert.ok(!decoded.ok && decoded.error.code === "bad_frame", data.toString("hex"));
        }
      }
    }
  });

  it("F5 leaves no trace of __proto__ on the frame or on other objects", () => {
    const decoded = decodeClientFrame(
      '{"type":"ping","__proto__":{"ref":"x"},"constructor":{"prototype":{"y":1}}}',
    );
    assert.ok(decoded.ok);
    assert.equal("ref" in decoded.frame, false);
    assert.equal(Object.getPrototypeOf(decoded.frame), Object.prototype);
    assert.equal("y" in {}, false);
  });

  it("F3 the message names the field, and what is wrong with it", () => {
    assert.equal(messageOf('{"type":"hello"}'), "name: missing");
    assert.equal(messageOf('{"type":"hello","name":3}'), "name: expected string");
    assert.equal(messageOf('{"type":3}'), "type: expected string");
    assert.equal(messageOf("["), "not JSON");
    assert.equal(messageOf("[]"), "not a JSON object");
    assert.match(messageOf('{"type":"rooms","ref":""}'), /^ref: expected 1 to 64 characters/);
    assert.match(messageOf('{"type":"leave","room":"A"}'), /^room: /);
  });

  it("P9 F8 an error never repeats what was sent, but for a ref and a room of sound length", () => {
    const decoded = decodeClientFrame('{"type":"<svg>","ref":"<svg>","room":"<svg>","id":"x"}');
    assert.ok(!decoded.ok);
    assert.equal(decoded.error.ref, "<svg>");
    assert.equal(decoded.error.room, "<svg>");
    assert.doesNotMatch(decoded.error.message, /svg/);
    const long = decodeClientFrame(JSON.stringify({ type: "join", room: "a".repeat(129) }));
    assert.ok(!long.ok && long.error.room === undefined);
  });
});
