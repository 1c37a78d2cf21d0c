// Somebody types while others talk: how long each stroke takes until it can be seen.

import { WireClient } from "../support/wire-client.ts";
import { textOf } from "./rooms.ts";
import type { Noted, Tab } from "./tab.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 20);
export const ARRIVING = 50;
export const STROKES = 8;
/** Then Enter: somebody who types eight a second says something every five seconds. */
const LINE = "we could take the early train instead  ";

export type Typed = { noted: Noted; cpu: number; arrived: number; seconds: number };

/** @param arriving messages a second; 0: silence, to compare with */
export async function typing(tab: Tab, port: number, room: string, arriving: number): Promise<Typed> {
  await tab.page.locator("textarea").focus();
  const talk = await Talk.start(port, room);
  talk.say(arriving);
  await pause(1_000);
  await tab.begin();
  const [startedAt, tasks, before] = [performance.now(), await tab.metric("TaskDuration"), talk.said];
  for (let stroke = 0; stroke < SECONDS * STROKES; stroke++) {
    const key = LINE[stroke % (LINE.length + 1)];
    await tab.page.keyboard.press(key === undefined ? "Enter" : key === " " ? "Space" : key);
    await pause(startedAt + ((stroke + 1) * 1_000) / STROKES - performance.now());
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = ((await tab.metric("TaskDuration")) - tasks) / seconds;
  const arrived = talk.said - before;
  await pause(200); // the last paint, and what Event Timing tells of it
  talk.stop();
  return { noted: await tab.end(), cpu, arrived, seconds };
}

/** Another client that talks. */
class Talk {
  readonly #client: WireClient;
  readonly #room: string;
  readonly #run = Date.now().toString(36);
  #timer: NodeJS.Timeout | undefined;
  said = 0;

  private constructor(client: WireClient, room: string) {
    this.#client = client;
    this.#room = room;
  }

  static async start(port: number, room: string): Promise<Talk> {
    const client = await WireClient.connect(port);
    await new Promise<void>((resolve) => {
      client.onText = (payload) => {
        if (payload.indexOf('"type":"joined"') >= 0) resolve();
      };
      client.send(`{"type":"hello","name":"Grace"}`);
      client.send(JSON.stringify({ type: "join", room }));
    });
    return new Talk(client, room);
  }

  /** As many a second from now on, each at its time: what a timer is late by is made up for. */
  say(perSecond: number): void {
    const startedAt = performance.now();
    if (perSecond === 0) return;
    this.#timer = setInterval(() => {
      while (this.said < ((performance.now() - startedAt) / 1_000) * perSecond) {
        const id = `${this.#run}-${this.said++}`.padEnd(22, "0");
        this.#client.send(JSON.stringify({ type: "send", room: this.#room, id, text: textOf(this.said) }));
      }
    }, 5);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#client.close();
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
