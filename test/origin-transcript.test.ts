import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Natter } from "./support/natter.ts";
import { RawClient } from "./support/raw-client.ts";
import { originTranscript, platformTranscriptClient, rawTranscriptClient } from "./support/transcript.ts";

/** Everything that was ever said in the lobby, as natter.v1 tells it. */
async function log(
  port: number,
): Promise<{ seq: number; text: string; from: { name: string; plain?: true } }[]> {
  const client = await RawClient.connect(port, { headers: { "Sec-WebSocket-Protocol": "natter.v1" } });
  const say = (frame: object) => client.send(JSON.stringify(frame));
  say({ type: "hello", name: "Reader" });
  say({ type: "join", room: "lobby", since: 0 });
  const events = [];
  for (let head = Number.POSITIVE_INFINITY; events.length < head; ) {
    const frame = JSON.parse(await client.next());
    if (frame.type === "joined") head = frame.head;
    if (frame.type === "event") events.push(frame);
  }
  await client.leave();
  return events;
}

describe("natter's plain chat", () => {
  it("is the origin's to the letter, over bare TCP and Node's own WebSocket, and every line is in the log", async () => {
    await using natter = await Natter.start(["--message-rate", "0"]);
    let line = 4; // after the greeting
    const printed = () => natter.lineAt(line++);
    const raw = await originTranscript(() => rawTranscriptClient(natter.wsPort), printed, 1);
    const platform = await originTranscript(
      () => platformTranscriptClient(`ws://localhost:${natter.wsPort}`),
      printed,
      raw,
    );
    await originTranscript(() => rawTranscriptClient(natter.port), printed, platform);
    assert.deepEqual(natter.complaints, []);

    const events = await log(natter.wsPort);
    assert.ok(events.length > 900);
    for (const [index, event] of events.entries()) {
      assert.equal(event.seq, index + 1);
      assert.equal(event.from.plain, true);
    }
    assert.deepEqual([events[0]?.from.name, events[0]?.text], ["1", "hi"]);
  });
});
