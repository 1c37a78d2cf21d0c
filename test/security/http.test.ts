// What a connection to the port of the page can be used for, other than for the page.

import assert from "node:assert/strict";
import { globSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { builtPage } from "../../packages/server/src/http/chat-page.ts";
import { MAX_OPEN_REQUESTS } from "../../packages/server/src/limits.ts";
import { until } from "../operations/support/until.ts";
import { Natter } from "../support/natter.ts";
import { inTime } from "../support/raw-client.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { target } from "./support/target.ts";

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
});
