import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Natter } from "./support/natter.ts";
import { BINARY, encode, RawClient, refusal } from "./support/raw-client.ts";

describe("a plain client", () => {
  let natter: Natter;
  before(async () => {
    natter = await Natter.start(["--message-rate", "0"]);
  });
  after(() => natter[Symbol.asyncDispose]());

  const connect = (path: string, port = natter.wsPort) => RawClient.connect(port, { path });

  it("with a name in its URL is announced and quoted by it, in the room that the path names", async () => {
    const listener = await connect("/team");
    const elsewhere = await connect("/other");
    const ada = await connect("/team?name=Ada");
    assert.equal(await listener.next(), "New client (Ada) connected");
    ada.send("hi");
    assert.equal(await listener.next(), "Client (Ada) : hi");
    await ada.leave();
    assert.equal(await listener.next(), "Client (Ada) left");
    await natter.line(/^New client \(Ada\) connected$/);
    await natter.line(/^Client \(Ada\) left$/);
    // Nobody in another room heard any of it: the first thing heard there is said there.
    const third = await connect("/other?name=Third");
    assert.equal(await elsewhere.next(), "New client (Third) connected");
    for (const client of [listener, elsewhere, third]) await client.leave();
  });

  it("is in the same room from both ports", async () => {
    const onPlainPort = await connect("/both");
    const onPagePort = await connect("/both?name=Page", natter.port);
    assert.equal(await onPlainPort.next(), "New client (Page) connected");
    onPlainPort.send("hello over there");
    assert.match(await onPagePort.next(), /^Client \(\d+\) : hello over there$/);
    for (const client of [onPlainPort, onPagePort]) await client.leave();
  });

  it("finds a room by its name however it is written: percent-escapes, capitals, composed or not", async () => {
    const listener = await connect("/caf%C3%A9");
    const other = await connect("/CAFE%CC%81?name=Other");
    assert.equal(await listener.next(), "New client (Other) connected");
    for (const client of [listener, other]) await client.leave();
  });

  it("is told with 404 that a path is no room, on both ports", async () => {
    for (const path of ["/a/b", "/..", "/a%20b", "/%", "/%00", `/${"x".repeat(65)}`, "/team/", "/a%2Fb"]) {
      for (const port of [natter.port, natter.wsPort]) {
        const answer = await refusal(port, { path });
        assert.equal(answer.status, 404, path);
        assert.match(answer.body, /letters, digits/);
      }
    }
  });

  it("is told with 400 that a name cannot be: numbers are for people without one", async () => {
    const refused = ["42", "%D9%A3", "%E2%80%8B", "a".repeat(33), "%CC%81a"];
    for (const name of refused) {
      const answer = await refusal(natter.wsPort, { path: `/?name=${name}` });
      assert.equal(answer.status, 400, name);
      assert.match(answer.body, /name|number/i);
    }
  });

  it("goes by its name without what could deceive: zero width, direction overrides, brackets, control characters", async () => {
    const listener = await connect("/names");
    const names = {
      "A%E2%80%8Bd%E2%80%AEa": "Ada",
      "%20%20Ada%20%20%20L%20": "Ada L",
      "3)%20:%20I%20quit%20(": "3] : I quit [",
      "A%00d%0Aa%1B[31m": "Ad a[31m",
    };
    for (const [given, shown] of Object.entries(names)) {
      const client = await connect(`/names?name=${given}`);
      assert.equal(await listener.next(), `New client (${shown}) connected`);
      await client.leave();
      assert.equal(await listener.next(), `Client (${shown}) left`);
    }
    await listener.leave();
  });

  it("that sends a binary message is closed with 1003, and nobody hears it", async () => {
    const listener = await connect("/binary");
    const sender = await connect("/binary?name=B");
    assert.equal(await listener.next(), "New client (B) connected");
    sender.sendFrame(Buffer.from([1, 2, 3]), { opcode: BINARY });
    assert.equal((await sender.closed).code, 1003);
    assert.equal(await listener.next(), "Client (B) left");
    await listener.leave();
  });

  it("may send 8 KiB of UTF-8 in a line, and is closed with 1009 for a byte more", async () => {
    const listener = await connect("/long");
    const sender = await connect("/long?name=L");
    assert.equal(await listener.next(), "New client (L) connected");
    const most = "é".repeat(4_096);
    sender.send(most);
    assert.equal(await listener.next(), `Client (L) : ${most}`);
    sender.send(`${most}x`);
    assert.equal((await sender.closed).code, 1009);
    assert.equal(await listener.next(), "Client (L) left");
    await listener.leave();
  });

  it("that offers a subprotocol nobody here speaks is refused with 400", async () => {
    const answer = await refusal(natter.wsPort, { headers: { "Sec-WebSocket-Protocol": "chat, superchat" } });
    assert.equal(answer.status, 400);
  });
});

describe("a plain sender over the message rate", () => {
  it("is read more slowly, and everything it sent arrives in order", async () => {
    await using natter = await Natter.start(["--message-rate", "100"]);
    const listener = await RawClient.connect(natter.wsPort);
    const sender = await RawClient.connect(natter.wsPort, { path: "/?name=S" });
    assert.equal(await listener.next(), "New client (S) connected");
    const lines = Array.from({ length: 1_150 }, (_, index) => `line ${index}`);
    const start = performance.now();
    sender.socket.write(Buffer.concat(lines.map((line) => encode(Buffer.from(line)))));
    assert.deepEqual(
      await listener.take(lines.length),
      lines.map((line) => `Client (S) : ${line}`),
    );
    // All was read at once, and is delivered; what comes next waits until 150 messages are paid off at 100 a second.
    sender.send("next");
    assert.equal(await listener.next(), "Client (S) : next");
    assert.ok(performance.now() - start > 1_000);
  });

  it("that does not stop is closed with 1008, and others are not held up", async () => {
    await using natter = await Natter.start(["--message-rate", "10"]);
    const listener = await RawClient.connect(natter.wsPort);
    const sender = await RawClient.connect(natter.wsPort, { path: "/?name=S" });
    assert.equal(await listener.next(), "New client (S) connected");
    sender.socket.write(Buffer.concat(Array.from({ length: 300 }, () => encode(Buffer.from("flood")))));
    assert.equal((await sender.closed).code, 1008);
    assert.deepEqual(new Set(await listener.take(200)), new Set(["Client (S) : flood"]));
    assert.equal(await listener.next(), "Client (S) left");
  });

  it("is let do as it likes with --message-rate 0", async () => {
    await using natter = await Natter.start(["--message-rate", "0"]);
    const listener = await RawClient.connect(natter.wsPort);
    const sender = await RawClient.connect(natter.wsPort, { path: "/?name=S" });
    assert.equal(await listener.next(), "New client (S) connected");
    sender.socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => encode(Buffer.from("x")))));
    assert.equal((await listener.take(5_000)).length, 5_000);
  });
});
