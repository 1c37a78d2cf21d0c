// From the send to the receipt by somebody else, one message at a time: on another node, where there is one.

import { quantile } from "../support/report.ts";
import { WireClient } from "../support/wire-client.ts";
import { type Setup, withSetup } from "./services.ts";

export type Latency = { readonly messages: number; readonly p50Ms: number; readonly p99Ms: number };

const PER_SECOND = 100;
const WARM_MESSAGES = 100;
const PATIENCE_MS = 10_000;
const TEXT = "x".repeat(100);

export async function latency(setup: Setup, seconds: number): Promise<Latency> {
  return await withSetup(setup, async ({ ports }) => {
    const sender = await enter(ports[0]!);
    const receiver = await enter(ports.at(-1)!);
    const took: number[] = [];
    for (let number = 0; number < WARM_MESSAGES + seconds * PER_SECOND; number++) {
      const ms = await timeOne(sender, receiver, `${number}`);
      if (number >= WARM_MESSAGES) took.push(ms);
      await pause(Math.max(0, 1_000 / PER_SECOND - ms));
    }
    sender.close();
    receiver.close();
    return { messages: took.length, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
  });
}

async function timeOne(sender: WireClient, receiver: WireClient, id: string): Promise<number> {
  const wanted = Buffer.from(`"id":"${id}"`);
  const before = performance.now();
  const heard = heardOf(receiver, wanted);
  sender.send(`{"type":"send","room":"bench","id":"${id}","text":"${TEXT}"}`);
  return (await heard) - before;
}

async function enter(port: number): Promise<WireClient> {
  const client = await WireClient.connect(port);
  const joined = heardOf(client, Buffer.from('"type":"joined"'));
  client.send(`{"type":"hello","name":"Bench"}`);
  client.send(`{"type":"join","room":"bench"}`);
  await joined;
  return client;
}

/** When it came. */
function heardOf(client: WireClient, wanted: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${wanted} did not come`)), PATIENCE_MS);
    client.onText = (payload) => {
      if (payload.indexOf(wanted) < 0) return;
      clearTimeout(late);
      resolve(performance.now());
    };
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
