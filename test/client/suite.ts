// What the client library promises against a real server, whatever that is: one, or several as one.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";
import { ChatClient, type EventFrame, makeSession } from "@natter/client";
import { BadProxy } from "../reliability/support/bad-proxy.ts";
import { eventually } from "../reliability/support/eventually.ts";
import { freePort } from "../reliability/support/home.ts";
import { clientOf, listen } from "./support/real.ts";

/** Where clients connect to, and what can happen to it. */
export type Place = AsyncDisposable & {
  readonly port: number;
  kill(): Promise<void>;
  /** As an operator does. */
  stop(): Promise<unknown>;
  /** Again, after either. */
  start(): Promise<void>;
};

/** Not in this thread: what is between it and the server may be. Rejects where the program fails, or takes too long. */
const run = promisify(execFile);

let rooms = 0;
/** Each test has a room of its own: the server may be one for all of them. */
function roomName(): string {
  return `room-${++rooms}`;
}

/** Ada speaks in the room, and Bob hears all of it. */
async function meet(place: Place, name: string) {
  const ada = clientOf(place.port, "Ada");
  const bob = clientOf(place.port, "Bob");
  const heard = listen(await bob.join(name, { since: "start" }));
  const lobby = await ada.join(name);
  const close = async (): Promise<void> => {
    await bob.close();
    await ada.close();
  };
  return { ada, bob, lobby, heard, [Symbol.asyncDispose]: close };
}

export function clientSuite(open: () => Promise<Place>): void {
  it("A1 E3 resolves a send with its event once that is stored, and tells it to everybody in order (P5)", async () => {
    await using place = await open();
    const name = roomName();
    await using pair = await meet(place, name);
    const { ada, bob, lobby, heard } = pair;
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
      [{ room: name, head: 3 }],
    );
  });

  it("S8 P3 P4 P6 what is said while the server is killed and started again is there once and in order", async () => {
    await using place = await open();
    const name = roomName();
    await using pair = await meet(place, name);
    const { ada, bob, lobby, heard } = pair;
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`);
    const sending: Promise<EventFrame>[] = [];
    for (const [index, text] of texts.entries()) {
      sending.push(lobby.send(text));
      if (index === 50) await place.kill();
      if (index === 120) await place.start();
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
    await using place = await open();
    const name = roomName();
    await using proxy = await BadProxy.start(await freePort(), place.port);
    await using ada = clientOf(proxy.port, "Ada");
    await using watcher = clientOf(place.port, "Watcher");
    const heard = listen(await watcher.join(name, { since: "start" }));
    const lobby = await ada.join(name, { since: "start" });
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

  it("comes back by itself after 1006 and 1012, and not after a name that is refused until it has another (X5)", async () => {
    await using place = await open();
    await using nobody = clientOf(place.port, "123");
    await eventually(() => nobody.state.kind === "refused", "the refusal");
    assert.ok(nobody.state.kind === "refused" && nobody.state.loss.kind === "hello refused");
    assert.equal(nobody.state.loss.error.code, "bad_name");
    await nobody.rename("Ada");
    assert.equal(nobody.you?.name, "Ada");
    await assert.rejects(nobody.rename("  "), { code: "bad_name" });
    await nobody.rename("Ada Lovelace");
    assert.equal(nobody.you?.name, "Ada Lovelace");
    await place.stop();
    await eventually(() => nobody.state.kind === "waiting", "the loss");
    await place.start();
    await eventually(() => nobody.state.kind === "live", "it to be back", 30_000);
    assert.equal(nobody.you?.name, "Ada Lovelace");
  });

  it("F8 R1 is refused a room by any name that is none, however long and whatever is in it", async () => {
    await using place = await open();
    await using ada = clientOf(place.port, "Ada");
    for (const name of ["", "Lobby", "a".repeat(65), "a".repeat(1_000), "a\ud800", `${"a".repeat(127)}😀`]) {
      await assert.rejects(ada.join(name), { code: "bad_room" }, JSON.stringify(name));
    }
  });

  it("D1 D2 T1 tells who is there, who types, and what is unread, on all of a person's devices", async () => {
    await using place = await open();
    const name = roomName();
    const session = makeSession();
    const url = `ws://127.0.0.1:${place.port}/`;
    await using ada = new ChatClient({ url, name: "Ada", session });
    await using phone = new ChatClient({ url, name: "Ada", session });
    await using bob = clientOf(place.port, "Bob");
    const here = await ada.join(name);
    const onPhone = await phone.join(name);
    const lobby = await bob.join(name);
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
    const again = await ada.join(name);
    assert.equal((await again.send("three")).seq, 3);
  });

  it("lets go of everything when it is closed: a program ends, whether there was a server or not", async () => {
    await using place = await open();
    const name = roomName();
    const joined = `
      await using chat = new ChatClient({ url: "ws://127.0.0.1:${place.port}/", name: "Bot" });
      const lobby = await chat.join("${name}");
      await lobby.send("hi");
      lobby.type();
      console.log("said");`;
    const alone = `
      await using chat = new ChatClient({ url: "ws://127.0.0.1:${await freePort()}/", name: "Bot" });
      chat.room("${name}").post("hi");
      for await (const { kind } of chat.each("state")) if (kind === "waiting") break;
      console.log("said");`;
    for (const program of [joined, alone]) {
      const args = ["--conditions=@natter/source", "--input-type=module-typescript"];
      const { stdout } = await run(
        process.execPath,
        [...args, "-e", `import { ChatClient } from "@natter/client";\n${program}`],
        { timeout: 10_000, env: { ...process.env, NODE_OPTIONS: "" } },
      );
      assert.equal(stdout, "said\n");
    }
  });
}
