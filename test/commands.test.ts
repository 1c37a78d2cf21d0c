import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Natter, runNatter } from "./support/natter.ts";
import { RawClient } from "./support/raw-client.ts";

type Frame = { type: string; [field: string]: unknown };

/** A client of natter.v1 that is in the lobby; what it gets from there on is for the test to read. */
async function enter(
  port: number,
  position: object = {},
): Promise<{ client: RawClient; frames: () => Promise<Frame> }> {
  const client = await RawClient.connect(port, { headers: { "Sec-WebSocket-Protocol": "natter.v1" } });
  client.send(JSON.stringify({ type: "hello", name: "Ada" }));
  client.send(JSON.stringify({ type: "join", room: "lobby", ...position }));
  const frames = async (): Promise<Frame> => {
    for (;;) {
      const frame = JSON.parse(await client.next()) as Frame;
      if (!["welcome", "presence"].includes(frame.type)) return frame;
    }
  };
  return { client, frames };
}

async function say(port: number, lines: readonly string[]): Promise<void> {
  const { client, frames } = await enter(port);
  await frames(); // joined
  for (const [index, text] of lines.entries()) {
    client.send(JSON.stringify({ type: "send", room: "lobby", id: `m${index}`, text }));
    assert.equal((await frames()).text, text);
  }
  await client.leave();
}

describe("natter backup, restore and check", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "natter-test-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("carry the log over from a running server: same events, new epoch, and clients are told so (P5)", async () => {
    await using natter = await Natter.start();
    const data = ["--data", natter.folder];
    await say(natter.wsPort, ["one", "two", "three"]);
    const early = await enter(natter.wsPort);
    const { epoch } = await early.frames();

    const file = join(folder, "copy.db");
    const copied = await runNatter(["backup", file, ...data]);
    assert.deepEqual([copied.code, copied.err], [0, ""]);
    assert.match(copied.out, /copy\.db/);
    assert.match((await runNatter(["backup", file, ...data])).err, /copy\.db exists/);
    await say(natter.wsPort, ["after the backup"]);
    assert.match((await runNatter(["check", ...data])).out, /^.*ok|sound/i);
    await natter.stop();

    const restored = join(folder, "restored");
    const made = await runNatter(["restore", file, "--data", restored]);
    assert.deepEqual([made.code, made.err], [0, ""]);
    assert.equal((await runNatter(["restore", file, "--data", restored])).code, 1);
    assert.equal((await runNatter(["check", "--data", restored])).code, 0);

    await using again = await Natter.start(["--data", restored]);
    const late = await enter(again.wsPort, { since: 4, epoch });
    const reset = await late.frames();
    assert.deepEqual([reset.type, reset.head], ["reset", 3]);
    assert.notEqual(reset.epoch, epoch);
    assert.equal((await late.frames()).type, "joined");
    const fresh = await enter(again.wsPort, { since: 0 });
    await fresh.frames();
    const texts = [];
    for (let count = 0; count < 3; count++) texts.push((await fresh.frames()).text);
    assert.deepEqual(texts, ["one", "two", "three"]);
  });

  it("say in one sentence what is wrong: no data, no such file", async () => {
    const empty = join(folder, "empty");
    const commands: string[][] = [
      ["backup", join(folder, "x")],
      ["restore", join(folder, "nowhere")],
      ["check"],
    ];
    for (const args of commands) {
      const { code, out, err } = await runNatter([...args, "--data", empty]);
      assert.equal(code, 1, args.join(" "));
      assert.equal(`${out}${err}`.trim().split("\n").length, 1);
      assert.match(`${out}${err}`, /natter: |does not exist|no data/);
    }
  });

  it("a second server on the same data is refused in one sentence, and the first goes on", async () => {
    await using natter = await Natter.start();
    const ports = ["--port", "0", "--ws-port", "0"];
    const { code, err } = await runNatter(["serve", ...ports, "--data", natter.folder]);
    assert.equal(code, 1);
    assert.match(err, /^natter: Another natter uses the data folder .*$/);
    await say(natter.wsPort, ["still here"]);
  });
});

describe("natter --keep-events", () => {
  it("forgets what is older, and tells who was further behind (P5)", async () => {
    await using natter = await Natter.start();
    await say(
      natter.wsPort,
      Array.from({ length: 20 }, (_, index) => `line ${index}`),
    );
    const before = await enter(natter.wsPort);
    const { epoch } = await before.frames();
    await natter.stop();

    // Retention is applied at the start, and every minute after.
    await using again = await Natter.start(["--data", natter.folder, "--keep-events", "5"]);
    const first = async (): Promise<unknown> => (await (await enter(again.wsPort)).frames()).first;
    while ((await first()) !== 16) await new Promise((resolve) => setTimeout(resolve, 20));
    const behind = await enter(again.wsPort, { since: 10, epoch });
    assert.equal((await behind.frames()).type, "reset");
    const near = await enter(again.wsPort, { since: 17, epoch });
    assert.equal((await near.frames()).type, "joined");
    assert.equal((await near.frames()).seq, 18);
  });
});
