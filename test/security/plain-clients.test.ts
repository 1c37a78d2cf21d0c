// Plain clients need no handshake of the chat's own, so to hang up and come back costs them next to nothing.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { plain } from "../conformance/peer.ts";
import { Natter } from "../support/natter.ts";
import { encode } from "../support/raw-client.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { target } from "./support/target.ts";

/** A natter whose addresses may send 100 messages a second, and 1,000 at once. */
const start = () => Natter.start(["--message-rate", "10", "--trust-proxy", "loopback"]);
const BURST = 1_000;
const PER_MS = 0.1;

describe("plain clients", { concurrency: 2 }, () => {
  it("M1 that send a burst, hang up and come back for a new one: their address gets two bursts and no more", async (t) => {
    await using natter = await start();
    await whilePairChats(t, target(natter), async () => {
      const listener = await plain(target(natter), "/flooded");
      const since = performance.now();
      const lines = Buffer.concat(Array.from({ length: 150 }, () => encode(Buffer.from("x"))));
      const statuses = new Set<number>();
      for (let round = 0; round < 40; round++) statuses.add(await visit(natter, "/flooded", lines));
      assert.deepEqual(statuses, new Set([101, 429]));
      const said = await heardUntilEnd(natter, listener, "/flooded", (line) => line.endsWith(" : x"));
      const allowed = 2 * BURST + (performance.now() - since) * PER_MS;
      assert.ok(said > BURST && said <= allowed, `${said} lines, ${allowed} are allowed`);
    });
  });

  it("M9 that come and go without a word: the room hears of as many as the messages of their address allow", async (t) => {
    await using natter = await start();
    await whilePairChats(t, target(natter), async () => {
      const listener = await plain(target(natter), "/quiet");
      const since = performance.now();
      const statuses = new Set<number>();
      for (let round = 0; round < 700; round++) statuses.add(await visit(natter, "/quiet?name=Spam"));
      assert.deepEqual(statuses, new Set([101, 429]));
      const heard = await heardUntilEnd(natter, listener, "/quiet", (line) => line.includes("(Spam)"));
      const allowed = BURST + (performance.now() - since) * PER_MS;
      assert.ok(heard >= BURST && heard <= allowed, `${heard} sentences, ${allowed} are allowed`);
    });
  });
});

/**
 * One plain client of an address of its own that connects, sends all of that and hangs up.
 *
 * @returns the status of its handshake, once the server has seen it go
 */
function visit({ wsPort }: Natter, path: string, lines = Buffer.alloc(0)): Promise<number> {
  const handshake = [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "X-Forwarded-For: 203.0.113.66",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ];
  return new Promise((resolve, reject) => {
    let head = "";
    const socket = connect(wsPort, "127.0.0.1", () => socket.write(`${handshake.join("\r\n")}\r\n\r\n`));
    socket.on("data", (data) => {
      if (head === "") socket.end(lines);
      head += data.toString("latin1");
    });
    // The close frame of 1008 and the end of the lines may cross.
    socket.on("error", (error: NodeJS.ErrnoException) => head === "" && reject(error));
    socket.on("close", () => resolve(Number(head.split(" ")[1])));
  });
}

/** How many lines came that are counted, until somebody of another address says that this was all. */
async function heardUntilEnd(
  natter: Natter,
  listener: Awaited<ReturnType<typeof plain>>,
  path: string,
  counts: (line: string) => boolean,
): Promise<number> {
  const last = await plain(target(natter), path);
  last.send("that was all");
  for (let count = 0; ; ) {
    const line = await listener.next();
    if (line.endsWith("that was all")) return count;
    if (counts(line)) count++;
  }
}
