import assert from "node:assert/strict";
import { ChatClient, type Room } from "@natter/client";

export function clientOf(port: number, name: string): ChatClient {
  return new ChatClient({ url: `ws://127.0.0.1:${port}/`, name });
}

/** Everything that is told of a room, from its beginning. */
export function listen(room: Room): string[] {
  const texts: string[] = [];
  let last = 0;
  room.on("event", ({ seq, text }) => {
    assert.equal(seq, last + 1, "P5 each event once, in order");
    last = seq;
    texts.push(text);
  });
  room.on("reset", () => {
    texts.length = 0;
    last = room.position?.seq ?? 0;
  });
  return texts;
}
