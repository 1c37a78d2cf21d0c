// What it costs to receive: from the socket to the listener of `event`, with a Timeline or without; and, to compare with,
// the platform's WebSocket alone, whose messages nobody looks into.
//
//   receive.ts URL ROOM FIRST EVENTS socket|listener|timeline     after the first so many, so many are measured

import { ChatClient, Timeline } from "@natter/client";
import { idOf, textOf } from "../support/known-log.ts";

const [url = "", name = "", first = "", count = "", way] = process.argv.slice(2);
const warm = Number(first);
const end = warm + Number(count);
// Made before, and flat: what is compared with should cost nothing.
const expected = Array.from({ length: end }, (_, index) => ({
  id: idOf(index + 1),
  text: Buffer.from(textOf(index + 1)).toString(),
}));

let [heard, right, startedAt] = [0, 0, 0];
let cpu = process.cpuUsage();
let timeline: Timeline | undefined;
if (way === "socket") receiveRaw();
else {
  const room = new ChatClient({ url, name: "Bench" }).room(name);
  if (way === "timeline") timeline = new Timeline(room);
  room.on("event", ({ seq, id, text }) => {
    const wanted = expected[heard];
    take(seq === heard + 1 && id === wanted?.id && text === wanted.text);
  });
}

function receiveRaw(): void {
  const socket = new WebSocket(url, "natter.v1");
  socket.addEventListener("open", () => {
    socket.send('{"type":"hello","name":"Bench"}');
    socket.send(`{"type":"join","room":"${name}"}`);
  });
  socket.addEventListener("message", ({ data }) => {
    if (data.startsWith('{"type":"event"')) take(data.includes(`"seq":${heard + 1},`));
  });
}

function take(isRight: boolean): void {
  heard++;
  if (isRight) right++;
  if (heard === warm) {
    startedAt = performance.now();
    cpu = process.cpuUsage();
  } else if (heard === end) finish();
}

function finish(): void {
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1_000;
  // Whether anything comes after the last, or is not in the timeline yet.
  setTimeout(() => {
    const known = timeline?.events.filter(({ seq }, index) => seq === index + 1).length;
    process.send!({ cpuMs, elapsedMs, heard, right, known });
  }, 50);
}
