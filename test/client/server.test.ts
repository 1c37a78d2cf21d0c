import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ChatClient, type EventFrame, makeSession, type Room } from "@natter/client";
import { BadProxy } from "../reliability/support/bad-proxy.ts";
import { eventually } from "../reliability/support/eventually.ts";
import { freePort, Home } from "../reliability/support/home.ts";
import { runNatter } from "../support/natter.ts";

function clientOf(port: number, name: string): ChatClient {
  return new ChatClient({ url: `ws://127.0.0.1:${port}/`, name });
}

/** Everything that is told of a room, from its beginning. */
function listen(room: Room): string[] {
  const texts: string[] = [];
  let last = 0;
  room.on("event", ({ seq, text }) => {
    assert.equal(seq, last + 1, "P5 each event once, in order");
    last = seq;
    texts.push(text);
  });
  room.on("reset", () => {
    texts.length = 0;
    last = room.position?.seq ?? 0;
  });
  return texts;
}

describe("the client against a real server", () => {
  it("A1 E3 resolves a send with its event once that is stored, and tells it to everybody in order (P5)", async () => {
    await using home = await Home.start();
    await using ada = clientOf(home.wsPort, "Ada");
    await using bob = clientOf(home.wsPort, "Bob");
    const heard = listen(await bob.join("lobby", { since: "start" }));
    const lobby = await ada.join("lobby");
    const sent: EventFrame[] = await Promise.all(["one", "two", "three"].map((text) => lobby.send(text)));
    assert.deepEqual(
      sent.map(({ seq }) => seq),
      [1, 2, 3],
    );
    assert.equal(sent[0]?.from.id, ada.you?.id);
    await eventually(() => heard.length === 3, "Bob to hear");
    assert.deepEqual(heard, ["one", "two", "three"]);
    assert.deepEqual(
      (await bob.rooms()).map(({ room, head }) => ({ room, head })),
      [{ room: "lobby", head: 3 }],
    );
  });

  it("S8 P3 P4 P6 what is said while the server is killed and started again is there once and in order", async () => {
    await using home = await Home.start();
    await using ada = clientOf(home.wsPort, "Ada");
    await using bob = clientOf(home.wsPort, "Bob");
    const heard = listen(await bob.join("lobby", { since: "start" }));
    const lobby = await ada.join("lobby");
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`);
    const sending: Promise<EventFrame>[] = [];
    for (const [index, text] of texts.entries()) {
      sending.push(lobby.send(text));
      if (index === 50) await home.kill();
      if (index === 120) await home.start();
      if (index === 150) await sending[10];
    }
    for (const client of [ada, bob]) client.connect();
    const events = await Promise.all(sending);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      texts.map((_, index) => index + 1),
    );
    await eventually(() => heard.length === texts.length, "Bob to hear");
    assert.deepEqual(heard, texts);
  });

  it("P3 P4 P5 through a proxy that cuts connections, before the answer or after", async () => {
    await using home = await Home.start();
    await using proxy = await BadProxy.start(await freePort(), home.wsPort);
    await using ada = clientOf(proxy.port, "Ada");
    await using watcher = clientOf(home.wsPort, "Watcher");
    const heard = listen(await watcher.join("lobby", { since: "start" }));
    const lobby = await ada.join("lobby", { since: "start" });
    const own = listen(lobby);
    const sending: Promise<EventFrame>[] = [];
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < 10; count++) sending.push(lobby.send(`text ${sending.length}`));
      if (round % 2 === 0) await sending[round * 5];
      for (const link of [...proxy.links]) link.cut();
      ada.connect();
    }
    await Promise.all(sending);
    await eventually(() => heard.length >= sending.length && own.length >= sending.length, "all to be heard");
    assert.deepEqual(
      heard,
      sending.map((_, index) => `text ${index}`),
    );
    assert.deepEqual(own, heard);
  });

  it("J4 J6 is told of a log restored from a backup, begins anew, and sends what waits (P5)", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-test-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await using home = await Home.start({ folder: join(folder, "data") });
    await using ada = clientOf(home.wsPort, "Ada");
    const lobby = await ada.join("lobby", { since: "start" });
    const heard = listen(lobby);
    await lobby.send("kept");
    const copy = await runNatter(["backup", join(folder, "copy.db"), "--data", join(folder, "data")]);
    assert.equal(copy.code, 0, copy.err);
    await lobby.send("lost");
    const { epoch } = lobby.position!;
    await home.kill();
    const waiting = lobby.send("after the disaster");
    await rm(join(folder, "data"), { recursive: true });
    const restore = await runNatter(["restore", join(folder, "copy.db"), "--data", join(folder, "data")]);
    assert.equal(restore.code, 0, restore.err);
    let resets = 0;
    lobby.on("reset", () => resets++);
    await home.start();
    ada.connect();
    assert.equal((await waiting).seq, 2);
    await eventually(() => heard.length === 1, "the new log");
    assert.equal(resets, 1);
    assert.deepEqual(heard, ["after the disaster"]);
    assert.notEqual(lobby.position?.epoch, epoch);
    const { events } = await lobby.history();
    assert.deepEqual(
      events.map(({ text }) => text),
      ["kept", "after the disaster"],
    );
  });

  it("comes back by itself after 1006 and 1012, and not after a name that is refused until it has another (X5)", async () => {
    await using home = await Home.start();
    await using nobody = clientOf(home.wsPort, "123");
    await eventually(() => nobody.state.kind === "refused", "the refusal");
    assert.ok(nobody.state.kind === "refused" && nobody.state.loss.kind === "hello refused");
    assert.equal(nobody.state.loss.error.code, "bad_name");
    await nobody.rename("Ada");
    assert.equal(nobody.you?.name, "Ada");
    await assert.rejects(nobody.rename("  "), { code: "bad_name" });
    await nobody.rename("Ada Lovelace");
    assert.equal(nobody.you?.name, "Ada Lovelace");
    await home.stop();
    await eventually(() => nobody.state.kind === "waiting", "the loss");
    await home.start();
    await eventually(() => nobody.state.kind === "live", "it to be back", 30_000);
    assert.equal(nobody.you?.name, "Ada Lovelace");
  });

  it("F8 R1 is refused a room by any name that is none, however long and whatever is in it", async () => {
    await using home = await Home.start();
    await using ada = clientOf(home.wsPort, "Ada");
    for (const name of ["", "Lobby", "a".repeat(65), "a".repeat(1_000), "a\ud800", `${"a".repeat(127)}😀`]) {
      await assert.rejects(ada.join(name), { code: "bad_room" }, JSON.stringify(name));
    }
  });

  it("D1 D2 T1 tells who is there, who types, and what is unread, on all of a person's devices", async () => {
    await using home = await Home.start();
    const session = makeSession();
    const url = `ws://127.0.0.1:${home.wsPort}/`;
    await using ada = new ChatClient({ url, name: "Ada", session });
    await using phone = new ChatClient({ url, name: "Ada", session });
    await using bob = clientOf(home.wsPort, "Bob");
    const here = await ada.join("lobby");
    const onPhone = await phone.join("lobby");
    const lobby = await bob.join("lobby");
    await eventually(() => here.people.count === 2, "both to be there");
    assert.deepEqual(here.people.list?.map(({ name }) => name).sort(), ["Ada", "Bob"]);
    lobby.type();
    await eventually(() => here.typing.length === 1, "Bob to type");
    await lobby.send("one");
    await lobby.send("two");
    await eventually(() => here.read.unread === 2 && onPhone.read.unread === 2, "what is unread");
    assert.equal(here.typing.length, 0, "T5 whoever has said it types no more");
    onPhone.markRead();
    await eventually(() => here.read.unread === 0, "what was read elsewhere");
    await here.leave();
    assert.equal(here.state.kind, "left");
    assert.throws(() => here.post("too late"), { code: "left" });
    const again = await ada.join("lobby");
    assert.equal((await again.send("three")).seq, 3);
  });

  it("lets go of everything when it is closed: a program ends, whether there was a server or not", async () => {
    await using home = await Home.start();
    const joined = `
      await using chat = new ChatClient({ url: "ws://127.0.0.1:${home.wsPort}/", name: "Bot" });
      const lobby = await chat.join("lobby");
      await lobby.send("hi");
      lobby.type();
      console.log("said");`;
    const alone = `
      await using chat = new ChatClient({ url: "ws://127.0.0.1:${await freePort()}/", name: "Bot" });
      chat.room("lobby").post("hi");
      for await (const { kind } of chat.each("state")) if (kind === "waiting") break;
      console.log("said");`;
    for (const program of [joined, alone]) {
      const { stdout, status } = spawnSync(
        process.execPath,
        [
          "--conditions=@natter/source",
          "--input-type=module-typescript",
          "-e",
          `import { ChatClient } from "@natter/client";\n${program}`,
        ],
        { encoding: "utf8", timeout: 10_000, env: { ...process.env, NODE_OPTIONS: "" } },
      );
      assert.deepEqual([stdout, status], ["said\n", 0]);
    }
  });
});
