// Everybody comes back at once to a server that was started anew: ten thousand people in a hundred rooms, each some
// events behind. How long until the last of them has the last event.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Found, runLoad } from "./fanout/measure.ts";
import { readOptions } from "./fanout/options.ts";
import { startChat } from "./fanout/peers.ts";
import { keep, median, print, printTable, spread } from "./support/report.ts";
import { WireClient } from "./support/wire-client.ts";

const MEMBERS = 10_000;
const ROOMS = 100;
const BEHIND = 20;
/** What they hold already. */
const SINCE = 50;
/** As many handshakes at a time as the load begins. */
const CONNECTING = 1_000;

const EVERYBODY = { protocol: "natter.v1", members: MEMBERS, rooms: ROOMS, senders: 1, persons: 1 };

/** @throws {BenchError} */
export async function reconnect(args: readonly string[]): Promise<void> {
  const { runs } = readOptions(args);
  const all: Found[] = [];
  for (let run = 0; run < runs; run++) all.push(await comeBack());
  const caughtUp = all.map(({ caughtUpSeconds }) => caughtUpSeconds);
  print(
    `\n${MEMBERS.toLocaleString("en")} people come back at once, each ${BEHIND} events behind in one of ${ROOMS} rooms; ` +
      `${runs} runs`,
  );
  printTable([
    {
      "all up to date after, s": median(caughtUp).toFixed(2),
      spread: spread(caughtUp),
      "server CPU, s": median(all.map((each) => each.caughtUpServerCpuSeconds)).toFixed(2),
      "events out of order": all.reduce((sum, { wrongOrder }) => sum + wrongOrder, 0),
    },
  ]);
  await keep("reconnect", { members: MEMBERS, rooms: ROOMS, behind: BEHIND, runs: all });
}

async function comeBack(): Promise<Found> {
  const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-"));
  try {
    let server = await startChat(folder);
    await say(server, SINCE);
    await runLoad(server, { ...EVERYBODY, seconds: 0 }); // so that the rooms are on their lists
    await say(server, BEHIND);
    const epoch = await epochOf(server.port);
    await server.stop();
    server = await startChat(folder);
    try {
      const lack = { since: SINCE, behind: BEHIND, epoch };
      return await runLoad(server, { ...EVERYBODY, ...lack, connecting: CONNECTING, seconds: 0 });
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** So many events in each room. */
async function say(server: { port: number; pid: number }, each: number): Promise<void> {
  const messages = each * ROOMS;
  const speakers = { protocol: "natter.v1", members: ROOMS, rooms: ROOMS, senders: 1, settle: 0 };
  const found = await runLoad(server, {
    ...speakers,
    rate: 5_000,
    messages,
    warm: 0,
    seconds: messages / 4_000,
  });
  if (found.deliveredInAll !== messages)
    throw new Error(`${found.deliveredInAll} of ${messages} events were stored`);
}

async function epochOf(port: number): Promise<string> {
  const client = await WireClient.connect(port);
  const joined = new Promise<string>((resolve) => {
    client.onText = (payload) => {
      const frame = JSON.parse(payload.toString());
      if (frame.type === "joined") resolve(frame.epoch);
    };
  });
  client.send(`{"type":"hello","name":"Bench"}`);
  client.send(`{"type":"join","room":"room-0"}`);
  const epoch = await joined;
  client.close();
  return epoch;
}
