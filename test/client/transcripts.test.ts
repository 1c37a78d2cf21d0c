import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EventFrame, ServerFrame } from "@natter/protocol";
import { Replay } from "./support/replay.ts";
import { readTranscripts, type Transcript } from "./support/transcripts.ts";

/** What a client that knows no better takes for something else. The state it ends in must be that of the recording. */
const FUTURE: Record<string, unknown> = {
  "a frame of an unknown type": { type: "news", room: "lobby", seq: 1 },
  "a frame whose type is a property of every object": { type: "constructor", room: "lobby" },
  "a frame of the type __proto__": '{"type":"__proto__","__proto__":{"type":"joined"}}',
  "a message of five megabytes": { type: "news", text: "x".repeat(5_000_000) },
  "presence of a room that nobody is in": { type: "presence", room: "__proto__", count: 1, list: [] },
  "an event of a room that nobody is in": eventOf("elsewhere", 1),
  "an event of an unknown kind, of a room that nobody is in": { ...eventOf("elsewhere", 1), kind: "poll" },
  "an acknowledgement of what was never said": { ...eventOf("lobby", 9_999), again: true },
  "an answer to what was never asked": { type: "page", room: "lobby", ref: "never", events: [], more: true },
  "an error that refuses what was never sent": {
    ...{ type: "error", code: "text_empty", message: "", retry: false, ref: "never", room: "lobby" },
  },
  "an error of an unknown code": {
    type: "error",
    code: "moon_phase",
    message: "",
    retry: true,
    ref: "never",
  },
  "a second welcome": {
    ...{ type: "welcome", you: { id: "x", name: "x" }, session: "", connection: 2, heartbeatMs: 0 },
    limits: { textBytes: 0, frameBytes: 0, messagesPerSecond: 1, burst: 1 },
  },
  "a pong that nobody waits for": { type: "pong", ref: "never" },
};

/** No frames of natter.v1: told as `bad_server`, and nothing else. */
const HOSTILE: Record<string, unknown> = {
  "an empty message": "",
  "half a frame": '{"type":"event","kind":"message"',
  "no object": "[null]",
  null: "null",
  "a frame without a type": "{}",
  "a frame whose type is a number": { type: 5 },
  "a binary message": new ArrayBuffer(8),
  "brackets without end": "[".repeat(100_000),
  "an event without a seq": { ...eventOf("lobby", 1), seq: undefined },
  "an event with a seq of text": { ...eventOf("lobby", 1), seq: "1" },
  "an event with a broken seq": { ...eventOf("lobby", 1), seq: 1.5 },
  "an event with a seq past all numbers": '{"type":"event","kind":"poll","room":"lobby","seq":1e400}',
  "an event from nobody": { ...eventOf("lobby", 1), from: null },
  "an event whose sender hides in its prototype": `{"type":"event","kind":"message","room":"lobby","seq":1,"at":1,"id":"x","text":"x","__proto__":{"from":{"id":"x","name":"x"}}}`,
  "a page with half an event": { type: "page", room: "lobby", ref: "r1", events: [{}], more: false },
  "people that are no list": { type: "presence", room: "lobby", list: { 0: "x" }, count: 1 },
  "a reset without an epoch": { type: "reset", room: "lobby", head: 0 },
  "an error that does not say whether to retry": { type: "error", code: "busy", message: "", retry: "yes" },
};

function eventOf(room: string, seq: number): EventFrame {
  const from = { id: "stranger", name: "Mallory" };
  return {
    type: "event",
    kind: "message",
    room,
    seq,
    at: 1,
    id: `hostile-${seq}`,
    from,
    text: "never shown",
  };
}

function wire(frame: unknown): unknown {
  return typeof frame === "string" || frame instanceof ArrayBuffer ? frame : JSON.stringify(frame);
}

/** The events that came so far of the log as it is now, in its order. */
function log(said: readonly ServerFrame[]): EventFrame[] {
  const since = said.findLastIndex(({ type }) => type === "reset");
  return said.slice(since + 1).filter((frame): frame is EventFrame => frame.type === "event");
}

async function endOf(transcript: Transcript, options: ConstructorParameters<typeof Replay>[1] = {}) {
  await using replay = new Replay(transcript, options);
  await replay.play(transcript.steps);
  assert.equal(Object.keys(Object.prototype).length, 0, "nobody's prototype was changed");
  return { end: replay.end, errors: [...new Set(replay.actor.errors)] };
}

for (const [name, transcript] of readTranscripts()) {
  describe(`the recorded session "${name}"`, () => {
    const { end } = transcript;

    it("is the same again for a client that is told the same", async () => {
      assert.deepEqual(await endOf(transcript), { end, errors: [] });
    });

    it("F2 is the same with fields in every frame that a newer server has", async () => {
      const more =
        '"priority":1,"__proto__":{"again":true,"type":"reset"},"constructor":{},"nested":[{"type":"left"}]';
      const instead = (frame: ServerFrame) => `${JSON.stringify(frame).slice(0, -1)},${more}}`;
      assert.deepEqual(await endOf(transcript, { instead }), { end, errors: [] });
    });

    for (const [what, frame] of Object.entries(FUTURE)) {
      it(`F4 F5 is the same with ${what} before each frame`, async () => {
        assert.deepEqual(await endOf(transcript, { before: () => wire(frame) }), { end, errors: [] });
      });
    }

    for (const [what, frame] of Object.entries(HOSTILE)) {
      it(`F5 P9 is the same with ${what} before each frame, which is told as bad_server`, async () => {
        const replayed = await endOf(transcript, { before: () => wire(frame) });
        assert.deepEqual(replayed.end, end);
        assert.ok(replayed.errors.every((code) => code === "bad_server"));
      });
    }

    it("P5 is the same where the server says every event again, the last or the first", async () => {
      for (const at of [-1, 0]) {
        const before = (_: ServerFrame, said: readonly ServerFrame[]) =>
          wire(log(said).at(at) ?? { type: "pong" });
        assert.deepEqual(await endOf(transcript, { before }), { end, errors: [] });
      }
    });

    it("P5 J9 is the same where an event comes before its turn, whenever that is: the client joins again", async () => {
      const frames = transcript.steps.filter((step) => "server" in step).length;
      for (let at = 0; at < frames; at++) {
        const before = (next: ServerFrame, said: readonly ServerFrame[]) => {
          const seq = log(said).at(-1)?.seq;
          const isIn = next.type !== "joined" && next.type !== "reset";
          return wire(isIn && said.length === at && seq ? eventOf("lobby", seq + 5) : { type: "pong" });
        };
        assert.deepEqual(await endOf(transcript, { before, mayJoinAgain: true }), { end, errors: [] });
      }
    });
  });
}
