// What a connection to the port of the page can be used for, other than for the page.

import assert from "node:assert/strict";
import { globSync, readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { builtPage } from "../../packages/server/src/http/chat-page.ts";
import { MAX_OPEN_REQUESTS } from "../../packages/server/src/limits.ts";
import { until } from "../operations/support/until.ts";
import { Natter } from "../support/natter.ts";
import { handshake, inTime } from "../support/raw-client.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { startWithHandles, target } from "./support/target.ts";

const natter = await Natter.start();
after(() => natter[Symbol.asyncDispose]());

const SCRIPT = `/assets/${globSync("index-*.js", { cwd: join(builtPage(), "assets") })[0]}`;

describe("on the port of the page,", () => {
  it("a file asked for a thousand times in one write, and not read: the connection is cut, and no file stays open", async (t) => {
    const files = (): number => readdirSync(`/proc/${natter.child.pid}/fd`).length;
    await whilePairChats(t, target(natter), async () => {
      const before = files();
      const socket = connect(natter.port, "127.0.0.1").on("error", () => {});
      socket.write(`GET ${SCRIPT} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(1_000));
      let heard = "";
      socket.setEncoding("latin1").on("data", (text: string) => {
        heard += text;
      });
      await inTime(new Promise((resolve) => socket.once("close", resolve)), "the end of the connection");
      assert.ok(heard.split("HTTP/1.1 200").length - 1 <= MAX_OPEN_REQUESTS);
      await until(files, (count) => count <= before, "no more files open than before");
    });
  });

  it("the page asked for when no descriptor is left: 503, and ten lines of trouble a second, whoever asks how often", async () => {
    await using few = await startWithHandles(120, await mkdtemp(join(tmpdir(), "natter-handles-")));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const held: Socket[] = [];
    try {
      assert.equal(await statusOf(few.port, "/", agent), 200);
      for (let isLetIn = true; isLetIn && held.length < 300; ) {
        const socket = connect(few.wsPort, "127.0.0.1").on("error", () => {});
        held.push(socket);
        socket.write(handshake(few.wsPort));
        isLetIn = await new Promise((resolve) => {
          socket.once("data", () => resolve(true)).once("close", () => resolve(false));
        });
      }
      const before = performance.now();
      for (let count = 0; count < 40; count++) {
        assert.equal(await statusOf(few.port, "/", agent), 503);
      }
      const seconds = Math.ceil((performance.now() - before) / 1_000) + 1;
      const events = few.log.map(({ event }) => event);
      assert.ok(!events.includes("unexpected"));
      const lines = events.filter((event) => event === "trouble").length;
      assert.ok(lines > 0 && lines <= 10 * seconds + 10, `${lines} lines in ${seconds} s`);
    } finally {
      agent.destroy();
      for (const socket of held) socket.destroy();
    }
  });
});

function statusOf(port: number, path: string, agent: Agent): Promise<number | undefined> {
  const status = new Promise<number | undefined>((resolve, reject) => {
    get({ host: "localhost", port, path, agent }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    }).once("error", reject);
  });
  return inTime(status, `an answer for ${path}`);
}
