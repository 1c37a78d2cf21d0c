import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { decodeClientFrame } from "./decode-client.ts";
import { decodeServerFrame } from "./decode-server.ts";
import { encodeClientFrame, encodeServerFrame } from "./encode.ts";
import type { ReceivedFrame, ServerFrame } from "./frames.ts";
import { cleanName } from "./names.ts";
import { roomFromPath } from "./rooms.ts";
import { readFrameVectors, readVectors, type Vector } from "./testing.ts";

const bytes = new TextEncoder();

function title({ name, rule, expected }: Vector): string {
  return `${rule === undefined ? "" : `${rule} `}${name}: ${"error" in expected ? expected.error : "accepted"}`;
}

describe("golden vectors of client frames", () => {
  for (const vector of readFrameVectors("client-frames.json")) {
    it(title(vector), () => {
      for (const message of [vector.message, bytes.encode(vector.message)]) {
        const decoded = decodeClientFrame(message);
        if (decoded.ok) {
          assert.deepEqual({ frame: decoded.frame }, vector.expected);
          assert.deepEqual(decodeClientFrame(encodeClientFrame(decoded.frame)), decoded);
        } else {
          const { code, message: sentence, type, ...which } = decoded.error;
          if (type !== undefined) assert.ok(vector.message.includes(type));
          assert.deepEqual({ error: code, ...which }, vector.expected);
          assert.notEqual(sentence, "");
        }
      }
    });
  }
});

describe("golden vectors of server frames", () => {
  for (const vector of readFrameVectors("server-frames.json")) {
    it(title(vector), () => {
      for (const message of [vector.message, bytes.encode(vector.message)]) {
        const decoded = decodeServerFrame(message);
        if (!decoded.ok) {
          assert.deepEqual({ error: decoded.error.code }, vector.expected);
          continue;
        }
        assert.deepEqual({ frame: decoded.frame }, vector.expected);
        if (!isKnown(decoded.frame)) continue; // what a client does not know, it does not encode
        assert.deepEqual(decodeServerFrame(encodeServerFrame(decoded.frame)), decoded);
      }
    });
  }
});

describe("recorded sessions", () => {
  type Step = { client?: object; server?: object };
  const folder = new URL("../vectors/transcripts/", import.meta.url);

  for (const file of readdirSync(folder)) {
    it(`${file}: each frame is one of natter.v1, with nothing in it that is not known`, () => {
      const { steps } = readVectors<never>(`transcripts/${file}`) as unknown as { steps: Step[] };
      for (const { client, server } of steps) {
        if (client) assert.deepEqual(decodeClientFrame(JSON.stringify(client)), asDecoded(client));
        if (server) assert.deepEqual(decodeServerFrame(JSON.stringify(server)), { ok: true, frame: server });
      }
    });
  }

  /** What is refused was sent on purpose, and the server's error says why. */
  function asDecoded(client: object): unknown {
    const decoded = decodeClientFrame(JSON.stringify(client));
    return decoded.ok ? { ok: true, frame: client } : decoded;
  }
});

function isKnown(frame: ReceivedFrame): frame is ServerFrame {
  if (frame.type === "page") return frame.events.every(isKnown);
  return frame.type !== "unknown" && !(frame.type === "event" && frame.kind === "unknown");
}

describe("golden vectors beside frames", () => {
  it("I4 a person's id is the first 16 bytes of the SHA-256 of the session's text", () => {
    for (const { session, person } of readVectors<{ session: string; person: string }>("person-ids.json")) {
      const hash = createHash("sha256").update(session, "ascii").digest();
      assert.equal(hash.subarray(0, 16).toString("base64url"), person);
      assert.equal(person.length, 22);
    }
  });

  it("N1 N2 N3 names are cleaned, or refused for the reason given", () => {
    for (const { text, ...expected } of readVectors<{ text: string; name?: string; fault?: string }>(
      "names.json",
    )) {
      const cleaned = cleanName(text);
      const actual = cleaned.ok ? { name: cleaned.name } : { fault: cleaned.fault };
      assert.deepEqual(actual, expected, JSON.stringify(text));
    }
  });

  it("R2 a path names a room, or none", () => {
    for (const { path, room } of readVectors<{ path: string; room: string | null }>("paths.json")) {
      assert.equal(roomFromPath(path) ?? null, room, path);
    }
  });
});
