import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inTime } from "../test/support/raw-client.ts";
import {
  linesOf,
  originTranscript,
  platformTranscriptClient,
  rawTranscriptClient,
} from "../test/support/transcript.ts";

const PROGRAM = fileURLToPath(new URL("origin.ts", import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Knocks until somebody opens. A knock alone is no client, so it costs no number. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const opened = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (opened) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Program = { child: ChildProcessWithoutNullStreams; port: number; stop: () => Promise<void> };

async function start(t: TestContext): Promise<Program> {
  const port = await freePort();
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, ["--conditions=@natter/source", PROGRAM, `${port}`], { env });
  t.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const failed = exited.then(() => Promise.reject(new Error("the program ended before its time")));
  await inTime(Promise.race([answering(port), failed]), "the program to listen");
  failed.catch(() => {});
  const stop = async (): Promise<void> => {
    child.kill();
    await inTime(exited, "the program to stop");
  };
  return { child, port, stop };
}

test("the chat natter began with: each hears of the others, nobody hears himself, all is printed", async (t) => {
  const { child, port, stop } = await start(t);
  const { printed, rest } = linesOf(child.stdout);
  let complaints = "";
  child.stderr.on("data", (text) => {
    complaints += text;
  });

  const afterRaw = await originTranscript(() => rawTranscriptClient(port), printed);
  const url = `ws://localhost:${port}/`;
  const afterPlatform = await originTranscript(() => platformTranscriptClient(url), printed, afterRaw);
  await originTranscript(() => rawTranscriptClient(port), printed, afterPlatform);

  await stop();
  assert.deepEqual([await rest(), complaints], [[], ""]);
});
