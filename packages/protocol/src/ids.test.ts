import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isId, isSession, makeId, makeSession } from "./ids.ts";

describe("ids and sessions", () => {
  it("I1 a session is 43 characters of base64url that hold 32 bytes", () => {
    const sessions = Array.from({ length: 1_000 }, makeSession);
    for (const session of sessions) {
      assert.equal(isSession(session), true, session);
      assert.equal(Buffer.from(session, "base64url").length, 32);
      assert.equal(Buffer.from(session, "base64url").toString("base64url"), session);
    }
    assert.equal(new Set(sessions).size, sessions.length);
  });

  it("S2 an id that is made is one that is accepted, and no two are the same", () => {
    const ids = Array.from({ length: 1_000 }, makeId);
    assert.ok(ids.every(isId));
    assert.equal(new Set(ids).size, ids.length);
  });

  it("I1 S2 ids and sessions are made where there is no crypto.subtle and no randomUUID, as on plain http", () => {
    const whole = globalThis.crypto;
    const poor = { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => whole.getRandomValues(bytes) };
    Object.defineProperty(globalThis, "crypto", { value: poor, configurable: true, writable: true });
    try {
      assert.equal(isSession(makeSession()), true);
      assert.equal(isId(makeId()), true);
    } finally {
      Object.defineProperty(globalThis, "crypto", { value: whole, configurable: true, writable: true });
    }
  });
});
