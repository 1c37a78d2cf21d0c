import assert from "node:assert/strict";
import { cp, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { runNatter } from "../support/natter.ts";
import { eventually } from "./support/eventually.ts";
import { Home } from "./support/home.ts";
import { ResumingClient } from "./support/resuming-client.ts";

const PORTS = ["--port", "0", "--ws-port", "0"];
const PAGE_BYTES = 4096;

describe("natter, started on data that is damaged", () => {
  let parent = "";
  let intact = "";

  // What a kill leaves: a part in the database, a part in the WAL only.
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), "natter-damage-"));
    intact = join(parent, "intact");
    await using home = await Home.start({ folder: intact });
    const client = new ResumingClient({
      name: "ada",
      rooms: ["lobby"],
      port: home.wsPort,
      random: new Random(1),
    });
    const say = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) client.sendUpTo(1, () => "x".repeat(2_000));
      await eventually(() => client.isSettled, "the acknowledgements");
    };
    for (let n = 0; n < 50; n++) await say(1);
    await home.stop();
    await home.start();
    for (let n = 0; n < 50; n++) await say(1);
    client.end();
    await home.kill();
  });
  after(() => rm(parent, { recursive: true }));

  for (const [what, name, at] of [
    ["the first page of the database", "natter.db", () => 20],
    ["the definitions in the database", "natter.db", () => PAGE_BYTES - 300],
    ["the header of the WAL", "natter.db-wal", () => 17],
    ["a page early in the WAL", "natter.db-wal", () => PAGE_BYTES / 2],
    ["a page in the middle of the WAL", "natter.db-wal", (size: number) => Math.floor(size / 2)],
  ] as const) {
    it(`P1 refuses, with one sentence that names the file and what to do, when ${what} is damaged`, async () => {
      const folder = join(parent, what.replaceAll(" ", "-"));
      await cp(intact, folder, { recursive: true });
      await rm(join(folder, "natter.db-shm"), { force: true });
      const file = join(folder, name);
      if (name === "natter.db") await rm(join(folder, "natter.db-wal"));
      await flip(file, at((await stat(file)).size));
      const { code, out, err } = await runNatter([...PORTS, "--data", folder]);
      assert.deepEqual([code, out], [1, ""], err);
      assert.match(err, /^natter: [^\n]+\.$/, "one sentence");
      assert.ok(err.includes(file), err);
      assert.match(err, /restore a backup\.$/);
    });
  }
});

describe("a second natter on the same data", () => {
  it("is refused with one sentence, and the first goes on (P2)", async () => {
    await using home = await Home.start();
    const { code, out, err } = await runNatter([...PORTS, "--data", home.folder]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^natter: Another natter uses the data folder [^\n]+: [^\n]+\.$/);
    const client = new ResumingClient({
      name: "ada",
      rooms: ["lobby"],
      port: home.wsPort,
      random: new Random(1),
    });
    client.say("lobby", "still here");
    await eventually(() => client.isSettled, "the acknowledgement");
    client.end();
  });
});

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  const bytes = Buffer.alloc(8);
  await handle.read(bytes, 0, bytes.length, at);
  for (let n = 0; n < bytes.length; n++) bytes[n]! ^= 0xff;
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}
