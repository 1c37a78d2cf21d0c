import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Room } from "@natter/client";
import { clientSuite } from "../client/suite.ts";
import { clientOf } from "../client/support/real.ts";
import { eventually } from "../reliability/support/eventually.ts";
import { freePort, Home } from "../reliability/support/home.ts";
import { runNatter } from "../support/natter.ts";
import { Cluster } from "./support/cluster.ts";

const MESSAGES = 150;
const LONG_MS = 60_000;

/** Everything that is told of a room, from its beginning, each once and in order. */
function listen(room: Room): string[] {
  const texts: string[] = [];
  room.on("event", ({ seq, text }) => {
    assert.equal(seq, texts.length + 1, "P5 each event once, in order");
    texts.push(text);
  });
  room.on("reset", () => assert.fail("P5 nobody is reset, for nothing was lost"));
  return texts;
}

describe("the client against three nodes behind a balancer", { skip: Cluster.isMissing }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start();
  });
  after(() => cluster[Symbol.asyncDispose]());

  // Each connection to the next node, all of which are killed, stopped and started together.
  clientSuite(async () => {
    const each = (happen: (home: Home) => Promise<unknown>) => async (): Promise<void> =>
      void (await Promise.all(cluster.nodes.map(({ home }) => happen(home))));
    return {
      port: cluster.port,
      kill: each((home) => home.kill()),
      stop: each((home) => home.stop()),
      start: each((home) => home.start()),
      [Symbol.asyncDispose]: async () => {},
    };
  });

  /** Says so many things while something happens: Bob hears all of them, once and in order. */
  async function talkWhile(name: string, happen: () => Promise<void>): Promise<void> {
    await using ada = clientOf(cluster.port, "Ada");
    await using bob = clientOf(cluster.port, "Bob");
    const heard = listen(await bob.join(name, { since: "start" }));
    const room = await ada.join(name);
    const texts = Array.from({ length: MESSAGES }, (_, index) => `text ${index}`);
    let isOver = false;
    const happening = happen().finally(() => {
      isOver = true;
    });
    const sending: Promise<unknown>[] = [];
    for (const [index, text] of texts.entries()) {
      // The last are said when it is over, so that it happens in between.
      if (index === MESSAGES - 10) await eventually(() => isOver, "it to be over", LONG_MS);
      sending.push(room.send(text));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await happening;
    await Promise.all(sending);
    await eventually(() => heard.length >= MESSAGES, "Bob to hear", LONG_MS);
    assert.deepEqual(heard, texts);
  }

  it("P3 P4 P5 P6 goes on while each node in turn is killed and started again", async () => {
    await talkWhile("killed", async () => {
      for (const { home } of cluster.nodes) {
        await home.kill();
        await home.start();
      }
    });
  });

  it("X7 P5 goes on while each node in turn is stopped and started again, as in an upgrade", async () => {
    await talkWhile("upgraded", async () => {
      for (const { home } of cluster.nodes) {
        assert.equal(await home.stop(), 0);
        await home.start();
      }
    });
  });
});

describe("a log that is moved from a data folder to PostgreSQL", { skip: Cluster.isMissing }, () => {
  it("P3 P5 is gone on with by those who were on it: nobody is reset, and what was said meanwhile comes", async () => {
    await using cluster = await Cluster.start(0);
    const folder = await mkdtemp(join(tmpdir(), "natter-moved-"));
    try {
      const ports = { port: await freePort(), wsPort: await freePort() };
      const old = await Home.start({ folder: join(folder, "data"), ports });
      await using ada = clientOf(ports.wsPort, "Ada");
      await using bob = clientOf(ports.wsPort, "Bob");
      const heard = listen(await bob.join("lobby", { since: "start" }));
      const lobby = await ada.join("lobby");
      await lobby.send("before");
      await old.stop();
      const sending = lobby.send("meanwhile");
      const to = ["--to", cluster.databaseUrl];
      const { code, err } = await runNatter(["move", "--from", join(folder, "data"), ...to]);
      assert.deepEqual([code, err], [0, ""]);
      await using _moved = await Home.start({ args: ["--database-url", cluster.databaseUrl], ports });
      await sending;
      await lobby.send("after");
      await eventually(() => heard.length === 3, "Bob to hear", LONG_MS);
      assert.deepEqual(heard, ["before", "meanwhile", "after"]);
      const refused = await runNatter(["--data", join(folder, "data"), "--port", "0", "--ws-port", "0"]);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /moved/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
