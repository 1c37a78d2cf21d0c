// What a connection to the port of the page can be used for, other than for the page.

import assert from "node:assert/strict";
import { once } from "node:events";
import { globSync, readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { builtPage } from "../../packages/server/src/http/chat-page.ts";
import { EXTRA_CONNECTIONS, MAX_OPEN_REQUESTS } from "../../packages/server/src/limits.ts";
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

  it("connections that ask for /healthz now and then count as well: past those of WebSocket and 256 more they are cut", async () => {
    await using few = await Natter.start(["--max-connections", "10"]);
    for (const port of [few.port, few.wsPort]) {
      const held = Array.from({ length: 10 + EXTRA_CONNECTIONS }, () => connect(port, "127.0.0.1"));
      await Promise.all(held.map((socket) => inTime(once(socket, "connect"), "a connection")));
      // Those before it are there once the last of them has an answer.
      if (port === few.port) {
        held.at(-1)!.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert.match(String((await inTime(once(held.at(-1)!, "data"), "an answer"))[0]), /^HTTP\/1\.1 200/);
      }
      const tooMany = connect(port, "127.0.0.1").on("error", () => {});
      await inTime(new Promise((resolve) => tooMany.resume().once("close", resolve)), "the end of it", 5_000);
      assert.ok(held.every(({ closed }) => !closed));
      for (const socket of held) socket.destroy();
    }
    assert.equal((await few.logged("refused")).status, 503);
  });

  it("the page and its files asked for when no descriptor is left: 503, and ten lines of trouble a second, whoever asks how often", async () => {
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
        assert.equal(await statusOf(few.port, count % 2 === 0 ? "/" : SCRIPT, agent), 503);
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
