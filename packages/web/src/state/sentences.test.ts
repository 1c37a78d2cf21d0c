import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ChatError, type ConnectionState } from "@natter/client";
import { connectionWords, sentenceOf } from "./sentences.ts";
import { bytesLeft } from "./text-length.ts";

const FALLBACK = sentenceOf(new ChatError("of_the_future"));
const closed = (code: number) => ({ kind: "closed", code, reason: "" }) as const;

describe("what a person reads of an error", () => {
  /** Those that a person cannot cause and cannot mend: the client keeps them to itself, or retries. */
  const OF_PROGRAMS = [
    "bad_frame",
    "unknown_type",
    "hello_first",
    "hello_again",
    "bad_session",
    "bad_id",
    "bad_position",
    "bad_limit",
    "not_joined",
    "restarting",
  ];

  it("is a sentence of its own for every code that can reach one", () => {
    const docs = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
    const codes = [...docs.matchAll(/^\| `([a-z_]+)` \|/gm)].map((found) => found[1]!);
    assert.ok(codes.length > 15);
    for (const code of codes.filter((one) => !OF_PROGRAMS.includes(one))) {
      assert.notEqual(sentenceOf(new ChatError(code)), FALLBACK, code);
    }
  });

  it("is one that helps, for whatever else", () => {
    assert.match(FALLBACK, /Try it again/);
    assert.equal(sentenceOf(undefined), FALLBACK);
  });
});

describe("the connection in words", () => {
  const words = (state: ConnectionState) => connectionWords(state, 1_000);

  it("counts down to the next try, and says what one can do", () => {
    const state: ConnectionState = { kind: "waiting", until: 4_200, attempt: 2, loss: closed(1006) };
    assert.deepEqual(words(state), {
      tone: "busy",
      text: "No connection. Reconnecting in 4 s.",
      spoken: "No connection. Reconnecting.",
      action: "connect",
    });
    assert.match(connectionWords(state, 9_000).text, /in 1 s/);
  });

  it("tells a restart from a lost network, and both from being sent away", () => {
    assert.match(words({ kind: "waiting", until: 0, attempt: 1, loss: closed(1012) }).text, /restarts/);
    assert.match(words({ kind: "offline", until: 0, attempt: 1, loss: closed(1006) }).text, /offline/);
    assert.match(words({ kind: "refused", loss: closed(1008) }).text, /too much/);
    assert.equal(words({ kind: "refused", loss: closed(1002) }).action, "reload");
    const error = new ChatError("bad_name");
    assert.match(words({ kind: "refused", loss: { kind: "hello refused", error } }).text, /1 to 32/);
  });
});

describe("bytesLeft", () => {
  const live = { kind: "live", limits: { textBytes: 100 } } as ConnectionState;

  it("counts bytes of UTF-8, as the server will", () => {
    assert.equal(bytesLeft("a".repeat(100), live), 0);
    assert.equal(bytesLeft("é".repeat(51), live), -2);
    assert.equal(bytesLeft("🙂".repeat(26), live), -4);
  });

  it("knows the usual limit before the server told its own", () => {
    assert.equal(bytesLeft("a".repeat(8_193), { kind: "connecting", attempt: 1 }), -1);
  });
});
