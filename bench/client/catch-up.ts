// How long a client takes to catch up. Told of a room, it goes live there through a proxy, and says so when it has heard
// `live` events; told again, after the proxy was cut, it goes to the server itself.
//
//   catch-up.ts LIVE EVENTS     ← {room, proxy}  → {at: "joined"}, {at: "live"}  → {at: "cut"}  ← {port}  → {at: "caught up", …}

import { once } from "node:events";
import { ChatClient, Timeline } from "@natter/client";
import { isRight } from "../support/known-log.ts";

const [live, behind] = process.argv.slice(2).map(Number) as [number, number];
let port = 0;
let openedAt = 0;

/** The platform's, at the port that counts now; it takes the time at which it opens, before the client does anything. */
class TimedSocket extends WebSocket {
  constructor(_url: string, protocol: string) {
    super(`ws://127.0.0.1:${port}/`, protocol);
    this.addEventListener("open", () => {
      openedAt = performance.now();
    });
  }
}

for (;;) {
  const { room: name, proxy } = await told();
  port = proxy;
  const chat = new ChatClient({ url: "ws://127.0.0.1/", name: "Bench", WebSocket: TimedSocket });
  const room = await chat.join(name);
  using timeline = new Timeline(room);
  let [heard, right] = [0, 0];
  const caughtUp = Promise.withResolvers<number>();
  room.on("event", (event) => {
    heard++;
    if (isRight(event, heard)) right++;
    if (heard === live) process.send!({ at: "live" });
    if (heard === live + behind) caughtUp.resolve(performance.now());
  });
  process.send!({ at: "joined" });

  await waiting(chat);
  process.send!({ at: "cut" });
  const back = await told();
  await waiting(chat);
  port = back.port;
  const cpu = process.cpuUsage();
  const connectedAt = performance.now();
  chat.connect();
  const doneAt = await caughtUp.promise;
  const { user, system } = process.cpuUsage(cpu);
  await new Promise((resolve) => setTimeout(resolve, 50)); // whether anything comes after the last
  process.send!({
    at: "caught up",
    fromConnectMs: doneAt - connectedAt,
    fromOpenMs: doneAt - openedAt,
    cpuMs: (user + system) / 1_000,
    heard,
    right,
    known: timeline.events.length,
  });
  await chat.close();
}

async function told(): Promise<{ room: string; proxy: number; port: number }> {
  return (await once(process, "message"))[0];
}

/** Its connection is lost, and it waits before it makes another. */
async function waiting(chat: ChatClient): Promise<void> {
  if (chat.state.kind === "waiting") return;
  for await (const { kind } of chat.each("state")) if (kind === "waiting") return;
}
