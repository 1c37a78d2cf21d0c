import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import {
  BINARY,
  CLOSE,
  encode,
  handshake,
  inTime,
  PING,
  PONG,
  RawClient,
  rawExchange,
  refusal,
} from "../../../test/support/raw-client.ts";
import { type Client, type Departure, Hub } from "./index.ts";
import { openHub, TLS, told, until } from "./testing/hub.ts";

suite("clients", () => {
  test("ids count up from 1 and are never used again", async (t) => {
    const { hub, meet } = await openHub(t);
    const first = await meet();
    const second = await meet();
    assert.deepEqual([first.client.id, second.client.id], [1, 2]);
    const gone = told(hub, "disconnect");
    await second.raw.leave();
    await gone;
    assert.equal((await meet()).client.id, 3);
  });

  test("the list of clients holds who is connected, by id, in the order of their coming", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two, three] = [await meet(), await meet(), await meet()];
    assert.deepEqual([...hub.clients.keys()], [1, 2, 3]);
    assert.equal(hub.clients.get(2), two.client);
    const gone = told(hub, "disconnect");
    one.raw.vanish();
    await gone;
    assert.deepEqual([...hub.clients.values()], [two.client, three.client]);
  });

  test("a client has its address and port, an IPv4 one never in the IPv6 form", async (t) => {
    const { raw, client } = await (await openHub(t, { host: "::" })).meet();
    assert.equal(client.address, "127.0.0.1");
    assert.equal(client.port, raw.socket.localPort);
  });

  test("a connect listener gets the handshake's request", async (t) => {
    const { hub, connect } = await openHub(t);
    const arrived = told(hub, "connect");
    await connect({ path: "/some/room?x=1", headers: { Cookie: "a=b" } });
    const [, request] = await arrived;
    assert.equal(request.url, "/some/room?x=1");
    assert.equal(request.headers.cookie, "a=b");
  });

  test("what a client says right behind its handshake is heard, after it is told of", async (t) => {
    const { hub, port } = await openHub(t);
    const events: string[] = [];
    hub.on("connect", (client) => events.push(`connect ${client.id}`));
    hub.on("message", (client, text) => events.push(`message ${client.id} ${text}`));
    const said = told(hub, "message");
    const socket = connectTcp(port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.write(Buffer.concat([Buffer.from(handshake(port)), encode(Buffer.from("at once"))]));
    await said;
    assert.deepEqual(events, ["connect 1", "message 1 at once"]);
  });

  test("a polite leaver is told of with its code and reason", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    const gone = told(hub, "disconnect");
    raw.sendFrame(Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from("bye")]), { opcode: CLOSE });
    assert.deepEqual(await gone, [client, { code: 4001, reason: "bye", why: "left" }]);
    assert.deepEqual(await raw.closed, { code: 4001, reason: "bye" });
  });

  test("a close frame without a code is told of as 1005", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw } = await meet();
    const gone = told(hub, "disconnect");
    raw.sendFrame(Buffer.alloc(0), { opcode: CLOSE });
    assert.equal((await gone)[1].code, 1005);
  });

  for (const [how, leave] of [
    ["resets", (raw: RawClient) => raw.vanish()],
    ["hangs up", (raw: RawClient) => void raw.socket.end()],
  ] as const) {
    test(`a client whose connection ${how} is told of as 1006, and is in no room any more`, async (t) => {
      const { hub, meet } = await openHub(t);
      const { raw, client } = await meet();
      client.join("den");
      const gone = told(hub, "disconnect");
      leave(raw);
      assert.deepEqual(await gone, [client, { code: 1006, reason: "", why: "left" }]);
      assert.deepEqual([client.isOpen, client.rooms, hub.members("den").size], [false, [], 0]);
      assert.equal(hub.clients.size, 0);
    });
  }

  test("the protocol's own pings are answered", async (t) => {
    const { raw } = await (await openHub(t)).meet();
    raw.sendFrame(Buffer.from("are you there"), { opcode: PING });
    assert.equal((await raw.nextFrame(PONG)).payload.toString(), "are you there");
  });

  test("a paused client is not read until it is resumed, and loses nothing", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    const other = await meet();
    const heard: string[] = [];
    hub.on("message", (from, text) => heard.push(`${from.id} ${text}`));
    client.pause();
    assert.ok(client.isPaused);
    raw.send("later");
    other.raw.send("now");
    await until(() => heard.length > 0, "a message");
    assert.deepEqual(heard, ["2 now"]);
    client.resume();
    assert.equal(client.isPaused, false);
    await until(() => heard.length > 1, "the second message");
    assert.deepEqual(heard, ["2 now", "1 later"]);
  });
});

suite("messages", () => {
  test("text comes as a string and goes out as text, unharmed", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw } = await meet();
    hub.on("message", (client, message) => client.send(message));
    for (const text of [
      "hi",
      "",
      "żółć 👩‍👩‍👧 \u0000 \u2028 \ufeff",
      "x".repeat(125),
      "x".repeat(126),
      "é".repeat(32_768),
    ]) {
      raw.send(text);
      assert.equal(await raw.next(), text);
    }
  });

  test("a binary message comes as a Buffer and goes out as one, in every way of writing its length", async (t) => {
    const { hub, meet } = await openHub(t, { maxMessageBytes: 100_000 });
    const { raw } = await meet();
    hub.on("message", (client, message) => {
      assert.ok(Buffer.isBuffer(message));
      client.send(message);
    });
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
      const bytes = Buffer.alloc(length, 0xfe);
      raw.sendFrame(bytes, { opcode: BINARY });
      const answer = await raw.nextFrame(BINARY);
      assert.ok(answer.payload.equals(bytes) && answer.fin);
    }
  });

  test("bytes are copied: the caller may use its array again", async (t) => {
    const { raw, client } = await (await openHub(t)).meet();
    const bytes = new Uint8Array([1, 2, 3]);
    client.send(bytes);
    bytes.fill(9);
    assert.deepEqual([...(await raw.nextFrame(BINARY)).payload], [1, 2, 3]);
  });

  test("fragments are put together, with a ping between them", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    const said = told(hub, "message");
    const euro = Buffer.from("€");
    raw.sendFrame(euro.subarray(0, 1), { fin: false });
    raw.sendFrame(Buffer.alloc(0), { opcode: PING });
    raw.sendFrame(euro.subarray(1, 2), { opcode: 0, fin: false });
    raw.sendFrame(euro.subarray(2), { opcode: 0 });
    assert.deepEqual(await said, [client, "€"]);
  });

  test("send reaches one client and no other", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    two.client.send("for two");
    hub.broadcast("for all");
    assert.equal(await one.raw.next(), "for all");
    assert.deepEqual(await two.raw.take(2), ["for two", "for all"]);
  });

  test("broadcast reaches everybody except the one who is not to hear it", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two, three] = [await meet(), await meet(), await meet()];
    hub.broadcast("from two", { except: two.client });
    hub.broadcast(Buffer.from([7]), { except: one.client });
    hub.broadcast("for all");
    assert.deepEqual(await one.raw.take(2), ["from two", "for all"]);
    assert.equal(await three.raw.next(), "from two");
    assert.equal(three.raw.frames.shift()?.opcode ?? BINARY, BINARY);
    assert.deepEqual([...(await two.raw.nextFrame(BINARY)).payload], [7]);
    assert.equal(await two.raw.next(), "for all");
  });

  test("what is sent to a client that is gone is dropped, without an error", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    const gone = told(hub, "disconnect");
    raw.vanish();
    await gone;
    client.send("hello?");
    client.join("den");
    client.leave("den");
    client.pause();
    client.resume();
    client.close();
    client.terminate();
    hub.broadcast("hello?", { except: client });
    assert.deepEqual([client.rooms, hub.members("den").size, client.waitingBytes], [[], 0, 0]);
  });
});

suite("rooms", () => {
  test("publish reaches a room's members only, from joining to leaving", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    one.client.join("den");
    hub.publish("den", "a");
    two.client.join("den");
    hub.publish("den", "b");
    one.client.leave("den");
    hub.publish("den", "c");
    hub.broadcast("end");
    assert.deepEqual(await one.raw.take(3), ["a", "b", "end"]);
    assert.deepEqual(await two.raw.take(3), ["b", "c", "end"]);
  });

  test("publish leaves out the one who is not to hear it", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    for (const { client } of [one, two]) client.join("den");
    hub.publish("den", "a", { except: one.client });
    hub.publish("den", "b");
    assert.equal(await one.raw.next(), "b");
    assert.deepEqual(await two.raw.take(2), ["a", "b"]);
  });

  test("a client in two rooms hears both; joining twice is joining once", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    client.join("den");
    client.join("den");
    client.join("attic");
    assert.deepEqual(client.rooms, ["den", "attic"]);
    hub.publish("den", "a");
    client.leave("den");
    hub.publish("den", "nobody hears it");
    hub.publish("attic", "b");
    assert.deepEqual(await raw.take(2), ["a", "b"]);
    assert.deepEqual(client.rooms, ["attic"]);
  });

  test("a room is there from its first member to its last", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    hub.publish("den", "nobody is there");
    client.leave("den");
    assert.equal(hub.members("den").size, 0);
    client.join("den");
    assert.deepEqual([...hub.members("den")], [client]);
    const gone = told(hub, "disconnect");
    await raw.leave();
    await gone;
    assert.equal(hub.members("den").size, 0);
  });

  test("the empty name is a room like any other, and not everybody", async (t) => {
    const { hub, meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    one.client.join("");
    assert.deepEqual([one.client.rooms, two.client.rooms], [[""], []]);
    hub.publish("", "a");
    one.client.leave("");
    hub.broadcast("b");
    assert.deepEqual(await one.raw.take(2), ["a", "b"]);
    assert.equal(await two.raw.next(), "b");
  });

  test("names that an object inherits are rooms like any other", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    for (const name of ["__proto__", "constructor"]) {
      hub.publish(name, "nobody is there");
      client.join(name);
      hub.publish(name, name);
      assert.equal(await raw.next(), name);
    }
  });
});

suite("sending clients away", () => {
  test("close says code and reason after all that was sent before", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    client.join("den");
    const gone = told(hub, "disconnect");
    hub.publish("den", "a");
    client.send("b");
    hub.broadcast("c");
    client.close(4000, "enough");
    client.send("too late");
    hub.broadcast("too late");
    assert.equal(client.isOpen, false);
    assert.deepEqual(await raw.take(3), ["a", "b", "c"]);
    assert.deepEqual(await inTime(raw.closed, "the close"), { code: 4000, reason: "enough" });
    assert.deepEqual(raw.frames, []);
    assert.deepEqual((await gone)[1], { code: 4000, reason: "enough", why: "closed" });
  });

  test("what a client says after it was told to go is not heard", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    const heard: unknown[] = [];
    hub.on("message", (_, text) => {
      heard.push(text);
      client.close(4000);
    });
    const gone = told(hub, "disconnect");
    raw.socket.write(Buffer.concat(["a", "b", "c"].map((text) => encode(Buffer.from(text)))));
    await gone;
    assert.deepEqual(heard, ["a"]);
  });

  test("a paused client can still be closed politely", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    client.pause();
    const gone = told(hub, "disconnect");
    client.close(4000);
    assert.equal((await raw.closed).code, 4000);
    assert.equal((await gone)[1].code, 4000);
  });

  test("terminate cuts without a word", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    const gone = told(hub, "disconnect");
    client.terminate();
    assert.equal((await raw.closed).code, 1006);
    assert.deepEqual((await gone)[1], { code: 1006, reason: "", why: "closed" });
  });

  test("a code that may not be sent, or a reason too long, is refused before anything is done", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN]) {
      assert.throws(() => client.close(code), RangeError);
      assert.throws(() => hub.deny(code), RangeError);
      await assert.rejects(hub.disconnectAll({ code }), RangeError);
      await assert.rejects(hub.close({ code }), RangeError);
    }
    assert.throws(() => client.close(1000, "é".repeat(62)), RangeError);
    assert.ok(client.isOpen && hub.address !== null);
    client.send("still here");
    assert.equal(await raw.next(), "still here");
    client.close(1000, "é".repeat(61));
    assert.equal((await raw.closed).reason, "é".repeat(61));
  });

  test("deny closes newcomers with its code and reason, and leaves those who are there", async (t) => {
    const { hub, connect, meet } = await openHub(t);
    const { raw } = await meet();
    hub.on("connect", () => assert.fail("a denied client was told of"));
    hub.deny(4003, "full");
    const denied = await connect();
    assert.deepEqual(await inTime(denied.closed, "the close"), { code: 4003, reason: "full" });
    assert.equal(hub.clients.size, 1);
    hub.removeAllListeners("connect");
    hub.broadcast("still here");
    assert.equal(await raw.next(), "still here");
    hub.allow();
    assert.equal((await meet()).client.id, 2);
  });

  test("deny says 1013, try again later, unless told otherwise", async (t) => {
    const { hub, connect } = await openHub(t);
    hub.deny();
    assert.deepEqual(await (await connect()).closed, { code: 1013, reason: "" });
  });

  for (const [graceful, expected] of [
    [true, { code: 4005, reason: "all out" }],
    [false, { code: 1006, reason: "" }],
  ] as const) {
    const how = graceful ? "gracefully" : "abruptly";
    test(`disconnectAll disconnects all ${how}, resolves when they are gone, and new ones may come`, async (t) => {
      const { hub, meet } = await openHub(t);
      const there = [await meet(), await meet(), await meet()];
      const left: Departure[] = [];
      hub.on("disconnect", (_, departure) => left.push(departure));
      await inTime(hub.disconnectAll({ graceful, code: 4005, reason: "all out" }), "all to be gone");
      assert.deepEqual([left.length, hub.clients.size], [3, 0]);
      assert.ok(left.every(({ why }) => why === "closed"));
      for (const { raw } of there) assert.deepEqual(await raw.closed, expected);
      assert.equal((await meet()).client.id, 4);
    });
  }

  test("disconnectAll says 1000 unless told otherwise, after all that was published before", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw } = await meet();
    hub.broadcast("last words");
    const done = hub.disconnectAll();
    assert.equal(await raw.next(), "last words");
    assert.equal((await raw.closed).code, 1000);
    await done;
  });
});

suite("the hub's life", () => {
  test("close says 1001 to all, closes the port, and a second call waits for the first", async (t) => {
    const { hub, port, meet } = await openHub(t);
    const { raw } = await meet();
    const calls = [hub.close(), hub.close({ graceful: false })];
    assert.equal((await raw.closed).code, 1001);
    await inTime(Promise.all(calls), "the hub to close");
    assert.deepEqual([hub.address, hub.clients.size], [null, 0]);
    await assert.rejects(RawClient.connect(port));
    await assert.rejects(hub.listen(), /closed hub/);
  });

  test("close gives code and reason", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw } = await meet();
    await hub.close({ code: 1012, reason: "back soon" });
    assert.deepEqual(await raw.closed, { code: 1012, reason: "back soon" });
  });

  test("an abrupt close cuts all at once", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw } = await meet();
    await inTime(hub.close({ graceful: false }), "the hub to close");
    assert.equal((await raw.closed).code, 1006);
  });

  test("close does not wait for connections that are no clients", async (t) => {
    const asked = Promise.withResolvers<void>();
    const admit = () => {
      asked.resolve();
      return new Promise<never>(() => {});
    };
    const { hub, port, connect } = await openHub(t, { admit });
    const half = connectTcp(port, "127.0.0.1").on("error", () => {});
    half.write("GET / HTTP/1.1\r\n");
    const silent = connectTcp(port, "127.0.0.1").on("error", () => {});
    t.after(() => [half, silent].forEach((socket) => void socket.destroy()));
    await inTime(Promise.all([half, silent].map((s) => new Promise((r) => s.once("connect", r)))), "TCP");
    const waiting = assert.rejects(connect());
    await inTime(asked.promise, "admit to be asked");
    await inTime(hub.close(), "the hub to close");
    await waiting;
  });

  test("close does not wait for a TLS handshake that never comes", async (t) => {
    const { hub, port } = await openHub(t, { tls: TLS, handshakeTimeoutMs: 60_000 });
    const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
    t.after(() => socket.destroy());
    const open = () => connectTls({ port, host: "127.0.0.1", ca: TLS.cert, servername: "localhost" });
    await new Promise((resolve) => socket.once("connect", resolve));
    await RawClient.connect(port, { open }); // accepted later, so the first one is accepted, too
    const cut = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    await inTime(hub.close(), "the hub to close");
    await inTime(cut, "the socket to be cut");
  });

  test("close during listen leaves no port open", async () => {
    const hub = new Hub({ port: 0, logLevel: "silent" });
    const listening = hub.listen();
    await inTime(hub.close(), "the hub to close");
    await listening;
    assert.equal(hub.address, null);
  });

  test("await using closes the hub", async () => {
    let port = 0;
    {
      await using hub = await new Hub({ port: 0 }).listen();
      port = hub.address!.port;
      (await RawClient.connect(port)).leave();
    }
    await assert.rejects(RawClient.connect(port));
  });

  test("a port that is taken is told by listen, and listening can be tried again", async (t) => {
    const { hub: first, port } = await openHub(t);
    const second = new Hub({ port, logLevel: "silent" });
    t.after(() => second.close());
    await assert.rejects(second.listen(), { code: "EADDRINUSE" });
    await first.close();
    await second.listen();
    assert.equal(second.address?.port, port);
  });

  test("listen without a port to open says what is missing", async () => {
    await assert.rejects(new Hub().listen(), /needs the option port/);
  });

  test("a hub listens on 127.0.0.1 unless told otherwise", async (t) => {
    assert.equal((await openHub(t)).hub.address?.address, "127.0.0.1");
  });

  test("whoever asks the port for a page is told what it is for", async (t) => {
    const { port } = await openHub(t);
    const answer = await rawExchange(port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert.equal(answer.status, 426);
    assert.match(answer.head, /Upgrade: websocket/);
    assert.match(answer.body, /speaks WebSocket/);
  });

  test("the port speaks wss:// when given a key and a certificate", async (t) => {
    const { hub, port } = await openHub(t, { tls: TLS });
    hub.on("message", (client, text) => client.send(`${client.address} ${text}`));
    const open = () => connectTls({ port, host: "127.0.0.1", ca: TLS.cert, servername: "localhost" });
    const raw = await RawClient.connect(port, { open });
    assert.equal(await raw.send("hi").next(), "127.0.0.1 hi");
    assert.equal((await raw.leave()).code, 1000);
  });
});

suite("attached to somebody else's server", () => {
  const listening = async (t: TestContext, server: ReturnType<typeof createServer>): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };

  test("it takes upgrades at its path, and the server's own pages go on", async (t) => {
    const server = createServer((_, response) => response.end("a page"));
    const port = await listening(t, server);
    await using hub = new Hub({ server, path: "/chat", logLevel: "silent" });
    hub.on("message", (client, text) => client.send(text));
    const raw = await RawClient.connect(port, { path: "/chat?name=ada" });
    assert.equal(await raw.send("hi").next(), "hi");
    for (const path of ["/", "/chat/", "/chats", "/CHAT"])
      assert.equal((await refusal(port, { path })).status, 404);
    const page = "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert.equal((await rawExchange(port, page)).body, "a page");
  });

  test("closing the hub lets go of the server, which goes on", async (t) => {
    const server = createServer((_, response) => response.end("a page"));
    const port = await listening(t, server);
    const hub = new Hub({ server, logLevel: "silent" });
    const raw = await RawClient.connect(port);
    await hub.close();
    assert.equal((await raw.closed).code, 1001);
    assert.ok(server.listening);
    assert.equal(server.listenerCount("upgrade"), 0);
    const page = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert.equal((await rawExchange(port, page)).body, "a page");
  });

  test("two hubs share a server by path, and a path of neither is 404", async (t) => {
    const server = createServer();
    const port = await listening(t, server);
    for (const path of ["/a", "/b"]) {
      const hub = new Hub({ server, path, logLevel: "silent" });
      t.after(() => hub.close());
      hub.on("connect", (client) => client.send(`hub ${path}`));
    }
    for (const path of ["/a", "/b"]) {
      const raw = await RawClient.connect(port, { path });
      assert.equal(await raw.next(), `hub ${path}`);
    }
    assert.equal((await refusal(port, { path: "/c" })).status, 404);
  });

  test("a path that is not the hub's is left to the server's other upgrade listeners", async (t) => {
    const server = createServer();
    const port = await listening(t, server);
    await using _hub = new Hub({ server, path: "/a", logLevel: "silent" });
    server.on("upgrade", (request, socket) => {
      if (request.url === "/other") socket.end("HTTP/1.1 418 I am a teapot\r\n\r\n");
    });
    assert.equal((await refusal(port, { path: "/other" })).status, 418);
  });

  test("one hub serves its port, an HTTPS server and more at once, as one set of clients", async (t) => {
    const secure = createSecureServer(TLS);
    const plain = createServer();
    const [securePort, plainPort] = [await listening(t, secure), await listening(t, plain)];
    const { hub, connect } = await openHub(t, { server: secure });
    hub.attach({ server: plain, path: "/more" });
    const open = () =>
      connectTls({ port: securePort, host: "127.0.0.1", ca: TLS.cert, servername: "localhost" });
    const all = [
      await connect(),
      await RawClient.connect(securePort, { open }),
      await RawClient.connect(plainPort, { path: "/more" }),
    ];
    await until(() => hub.clients.size === 3, "three clients");
    hub.broadcast("hi");
    for (const raw of all) assert.equal(await raw.next(), "hi");
    await hub.close();
  });
});

suite("subprotocols", () => {
  const offer = (protocols: string) => ({ headers: { "Sec-WebSocket-Protocol": protocols } });

  test("the preferred one of those offered is agreed on, and only ever one of ours", async (t) => {
    const { meet } = await openHub(t, { protocols: ["v2", "v1"] });
    const { raw, client } = await meet(offer("v1, evil, v2"));
    assert.match(raw.head, /^Sec-WebSocket-Protocol: v2$/im);
    assert.equal(client.protocol, "v2");
    const plain = await meet();
    assert.doesNotMatch(plain.raw.head, /Sec-WebSocket-Protocol/i);
    assert.equal(plain.client.protocol, "");
  });

  test("a client that offers none of ours is refused with 400 and told which are spoken", async (t) => {
    const { port } = await openHub(t, { protocols: ["v2", "v1"] });
    const answer = await refusal(port, offer("v3, V1"));
    assert.equal(answer.status, 400);
    assert.match(answer.body, /v2, v1/);
    assert.equal((await refusal((await openHub(t, { protocols: [] })).port, offer("v3"))).status, 400);
  });

  test("without the option none is negotiated, whatever is offered", async (t) => {
    const { raw, client } = await (await openHub(t)).meet(offer("v1"));
    assert.doesNotMatch(raw.head, /Sec-WebSocket-Protocol/i);
    assert.equal(client.protocol, "");
  });
});

suite("admit", () => {
  test("may say when to come again, and the client is told in Retry-After", async (t) => {
    const answer = { refuse: 429, reason: "Not so fast.", retryAfterS: 3 };
    const { port } = await openHub(t, { admit: () => answer });
    const { status, head, body } = await refusal(port);
    assert.equal(status, 429);
    assert.match(head, /^Retry-After: 3\r?$/m);
    assert.equal(body.trim(), answer.reason);
  });

  test("what it gives, at once or later, becomes the client's data", async (t) => {
    for (const later of [false, true]) {
      const { meet } = await openHub<{ name: string }>(t, {
        admit: (request) => {
          const admission = { data: { name: request.url!.slice(1) } };
          return later ? new Promise((resolve) => setImmediate(resolve, admission)) : admission;
        },
      });
      const { client }: { client: Client<{ name: string }> } = await meet({ path: "/ada" });
      assert.equal(client.data.name, "ada");
    }
  });

  test("who is refused gets the status and the reason as an HTTP answer in plain text", async (t) => {
    const { hub, port } = await openHub(t, { admit: () => ({ refuse: 403, reason: "Not from there." }) });
    hub.on("connect", () => assert.fail("a refused client was told of"));
    const answer = await refusal(port);
    assert.deepEqual([answer.status, answer.body], [403, "Not from there.\n"]);
    assert.match(answer.head, /Content-Type: text\/plain; charset=utf-8/);
    assert.match(answer.head, /X-Content-Type-Options: nosniff/);
  });

  for (const [how, admit] of [
    ["throws", () => assert.fail("boom")],
    ["rejects", () => Promise.reject(new Error("boom"))],
    ["answers nonsense", () => undefined as unknown as never],
  ] as const) {
    test(`when it ${how}, the client gets 500 without details and the error is told`, async (t) => {
      const { hub, port } = await openHub(t, { admit });
      const trouble = told(hub, "error");
      const answer = await refusal(port);
      assert.deepEqual([answer.status, answer.body], [500, "The server failed to decide.\n"]);
      assert.ok((await trouble)[0] instanceof Error);
    });
  }

  test("when it takes too long, the client gets 503, and a late rejection harms nobody", async (t) => {
    const late = Promise.withResolvers<never>();
    const { hub, port } = await openHub(t, { admit: () => late.promise, handshakeTimeoutMs: 30 });
    const answer = await refusal(port);
    assert.deepEqual([answer.status, answer.body], [503, "The server took too long to decide.\n"]);
    late.reject(new Error("late"));
    await new Promise(setImmediate);
    assert.equal(hub.clients.size, 0);
  });

  test("a client that goes while it is asked harms nobody, and comes and goes for the hub at most once", async (t) => {
    const answers: (() => void)[] = [];
    const { hub, port } = await openHub<undefined>(t, {
      admit: () => new Promise((resolve) => answers.push(() => resolve({ data: undefined }))),
    });
    const balance = { come: 0, gone: 0 };
    hub.on("connect", () => balance.come++);
    hub.on("disconnect", () => balance.gone++);
    for (const leave of ["destroy", "resetAndDestroy"] as const) {
      const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
      socket.write(handshake(port));
      await until(() => answers.length > 0, "the question");
      const left = new Promise((resolve) => socket.once("close", resolve));
      socket[leave]();
      await left;
      answers.shift()!();
    }
    const last = RawClient.connect(port);
    await until(() => answers.length > 0, "the question");
    answers.shift()!();
    await (await last).leave();
    await until(() => hub.clients.size === 0 && balance.come === balance.gone, "all to be gone");
  });

  test("it is asked after the hub's own checks: a wrong version never gets so far", async (t) => {
    const { port } = await openHub(t, { admit: () => assert.fail("asked too early") });
    for (const version of ["8", "12", "", undefined]) {
      const answer = await refusal(port, { headers: { "Sec-WebSocket-Version": version } });
      assert.equal(answer.status, 400);
      assert.match(answer.head, /Sec-WebSocket-Version: 13/);
    }
  });
});
