// What a client holds of a room: loads all of it, by events or by pages of history, and weighs its heap.
//
//   memory.ts URL ROOM EVENTS events|history

import { ChatClient, Timeline } from "@natter/client";
import { isRight } from "../support/known-log.ts";

const [url = "", name = "", count = "", way] = process.argv.slice(2);
const events = Number(count);

const chat = new ChatClient({ url, name: "Bench" });
// The base: connected, and in a room in which nothing was said.
const empty = new Timeline(await chat.join("empty"));
await empty.loadOlder();
const base = weigh();

const start = performance.now();
const room = await chat.join(name, { since: way === "events" ? "start" : "end" });
const timeline = new Timeline(room, { pageSize: 200 });
if (way === "history") while (await timeline.loadOlder());
else await everyEvent();
const loadMs = performance.now() - start;

const held = weigh();
let right = 0;
for (const event of timeline.events) if (isRight(event, right + 1)) right++;
process.send!({
  heapBytes: held.heapUsed - base.heapUsed,
  baseBytes: base.heapUsed,
  residentBytes: held.rss - base.rss,
  loadMs,
  right,
  held: timeline.events.length,
});

async function everyEvent(): Promise<void> {
  for await (const _ of timeline.each("change")) if (timeline.events.length >= events) return;
}

function weigh(): NodeJS.MemoryUsage {
  for (let times = 0; times < 4; times++) globalThis.gc!();
  return process.memoryUsage();
}
