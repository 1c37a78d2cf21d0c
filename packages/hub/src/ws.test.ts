// The rules of docs/writing-beside-ws.md: what `ws` does, so that a new version cannot change it unnoticed, and
// what the hub makes of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect as connectTcp, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type ServerOptions, WebSocket, WebSocketServer } from "ws";
import {
  BINARY,
  CLOSE,
  type ConnectOptions,
  encode,
  inTime,
  PING,
  PONG,
  RawClient,
} from "../../../test/support/raw-client.ts";
import { WaitingBound } from "./bound.ts";
import { frame } from "./frame.ts";
import { Hub } from "./index.ts";
import { openHub, told, turn, until } from "./testing/hub.ts";
import { Writer } from "./writer.ts";

const PIECE = Buffer.alloc(1024 * 1024, 0x61);
/** In MiB: past what the kernel takes for one connection. */
const BACKLOG = 24;

/** `ws` alone, without a hub: one connection, both ends. */
async function bare(t: TestContext, options: ServerOptions = {}, connectOptions: ConnectOptions = {}) {
  const wss = new WebSocketServer({ noServer: true, ...options });
  const server = createServer();
  const met = new Promise<{ ws: WebSocket; socket: Socket }>((resolve) => {
    server.on("upgrade", (request, socket, head) => {
      wss.handleUpgrade(request, socket, head, (ws) => resolve({ ws, socket: socket as Socket }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const raw = await RawClient.connect((server.address() as AddressInfo).port, connectOptions);
  const { ws, socket } = await met;
  ws.on("error", () => {});
  t.after(() => {
    ws.terminate();
    raw.vanish();
    server.close();
  });
  return { ws, socket, raw };
}

function write(socket: Socket, message: string | Buffer): void {
  for (const part of frame(message)) socket.write(part);
}

const deflate = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } };

test("W1 a raw write overtakes what ws is still compressing", async (t) => {
  const { ws, socket, raw } = await bare(t, { perMessageDeflate: { threshold: 0 } }, deflate);
  ws.send("x".repeat(100_000));
  write(socket, "later");
  assert.equal(await raw.next(), "later");
  assert.notEqual((await raw.nextFrame(1)).payload.length, 100_000, "and this one is compressed");
});

test("W1 the hub agrees to no compression, whatever is offered", async (t) => {
  const { raw, client } = await (await openHub(t)).meet(deflate);
  assert.doesNotMatch(raw.head, /extensions/i);
  assert.equal(client.ws.extensions, "");
});

test("W2 a message between two fragments breaks the protocol for the peer", async (t) => {
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  t.after(() => wss.close());
  wss.on("connection", (ws, request) => {
    ws.send("a", { fin: false });
    write(request.socket, "between");
    ws.send("b", { fin: true });
  });
  await once(wss, "listening");
  const peer = new WebSocket(`ws://127.0.0.1:${(wss.address() as AddressInfo).port}`);
  t.after(() => peer.terminate());
  const [error] = await once(peer, "error");
  assert.equal(error.code, "WS_ERR_INVALID_OPCODE");
});

test("W2 whatever its size, a message of the hub is one frame with FIN", async (t) => {
  const { raw, client } = await (await openHub(t)).meet();
  for (const size of [0, 125, 126, 65_535, 65_536, 5_000_000]) {
    client.send(Buffer.alloc(size));
    const { fin, payload } = await raw.nextFrame(BINARY);
    assert.deepEqual([fin, payload.length], [true, size]);
  }
});

test("W3 ws leaves OPEN in the very call of close, and a raw write would follow the close frame", async (t) => {
  const { ws, socket, raw } = await bare(t);
  ws.close(4000);
  assert.equal(ws.readyState, WebSocket.CLOSING);
  write(socket, "too late");
  await raw.closed;
  assert.equal(raw.frames.length, 1);
});

test("W3 a client that has sent its close frame and lingers is listed, and is not written to", async (t) => {
  const { hub, meet } = await openHub(t, { closeTimeoutMs: 200 });
  const open = (port: number): Socket => connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true });
  const { raw, client } = await meet({ open });
  const gone = told(hub, "disconnect");
  const answered = once(raw.socket, "end");
  raw.sendFrame(Buffer.from([0x03, 0xe8]), { opcode: CLOSE });
  hub.on("message", () => assert.fail("nothing was said"));
  await until(() => !client.isOpen, "the close frame to be read");
  assert.ok(hub.clients.has(client.id));
  client.send("too late");
  hub.broadcast("too late");
  await turn();
  await answered;
  raw.socket.on("error", () => {});
  assert.deepEqual(raw.frames, []);
  raw.socket.end();
  assert.equal((await gone)[1].code, 1000);
  assert.deepEqual(raw.frames, []);
});

test("W4 a write after end raises an error on the socket", async (t) => {
  const { socket } = await bare(t);
  const trouble = once(socket, "error");
  socket.end();
  write(socket, "too late");
  assert.equal((await trouble)[0].code, "ERR_STREAM_WRITE_AFTER_END");
});

test("W4 a peer that hangs up while it is written to raises no error", async (t) => {
  const { hub, meet } = await openHub(t);
  const { raw, client } = await meet();
  client.socket.on("error", (error) => assert.fail(error));
  client.socket.on("end", () => hub.broadcast("in the same turn"));
  const gone = told(hub, "disconnect");
  raw.socket.end();
  await until(() => !client.isOpen, "the end to be read");
  hub.broadcast("later");
  await gone;
});

test("W5 a socket left corked swallows the close frame", async (t) => {
  const { ws, socket, raw } = await bare(t);
  socket.cork();
  ws.close(4000);
  await turn();
  let closed = false;
  void raw.closed.then(() => {
    closed = true;
  });
  assert.ok(socket.writableLength > 0);
  assert.equal(closed, false);
  socket.uncork();
  assert.equal((await raw.closed).code, 4000);
});

test("W5 the writer takes its cork back, even when a write throws", async (t) => {
  const { ws, socket } = await bare(t);
  const writer = new Writer(
    ws,
    socket,
    new WaitingBound({ ofOne: 1_000_000, ofAll: 1_000_000, passed: () => {} }),
  );
  const fill = (): void => ["a", "b"].forEach((text) => void writer.add(Buffer.concat(frame(text))));
  fill();
  assert.ok(writer.flush(() => false));
  assert.equal(socket.writableCorked, 0);
  fill();
  t.mock.method(socket, "write", () => assert.fail("boom"));
  assert.throws(() => writer.flush(() => false), /boom/);
  assert.equal(socket.writableCorked, 0);
});

test("W6 bufferedAmount counts a string's UTF-16 units; the hub counts bytes", async (t) => {
  const { ws, socket } = await bare(t, {}, { paused: true });
  socket.write(Buffer.alloc(BACKLOG * PIECE.length));
  const before = ws.bufferedAmount;
  ws.send("é".repeat(1000));
  assert.equal(ws.bufferedAmount - before, 4 + 1000);

  const { client } = await (await openHub(t, { maxWaitingBytes: 2 ** 30 })).meet({ paused: true });
  client.send(Buffer.alloc(BACKLOG * PIECE.length));
  await turn();
  const waiting = client.socket.writableLength;
  client.send("é".repeat(1000));
  await turn();
  assert.equal(client.socket.writableLength - waiting, 4 + 2000);
});

test("W6 writableLength stands still while one large write proceeds; drainedBytes does not", async (t) => {
  const { raw, client } = await (await openHub(t)).meet({ paused: true });
  client.send(Buffer.alloc(BACKLOG * PIECE.length));
  await turn();
  const [waiting, drained] = [client.waitingBytes, client.writer.drainedBytes];
  let read = 0;
  const enough = new Promise<void>((resolve) => {
    raw.socket.removeAllListeners("data");
    raw.socket.on("data", (bytes) => {
      read += bytes.length;
      if (read < 8_000_000) return;
      raw.socket.pause();
      resolve();
    });
  });
  raw.socket.resume();
  await enough;
  await until(() => client.writer.drainedBytes > drained, "some to drain");
  assert.equal(client.waitingBytes, waiting);
  raw.socket.removeAllListeners("data").resume();
  await until(() => client.waitingBytes === 0, "all to drain");
  assert.ok(client.writer.drainedBytes >= BACKLOG * PIECE.length);
});

test("W7 a Buffer that waits is not copied: who reuses it changes what is sent", async (t) => {
  const { socket, raw } = await bare(t, {}, { paused: true });
  socket.write(frame(Buffer.alloc(BACKLOG * PIECE.length))[0]!);
  socket.write(Buffer.alloc(BACKLOG * PIECE.length));
  const reused = Buffer.from("first");
  socket.write(Buffer.from([0x81, 5]));
  socket.write(reused);
  reused.write("other");
  raw.socket.resume();
  await raw.nextFrame(BINARY);
  assert.equal(await raw.next(), "other");
});

test("W7 what the hub was given may be used again while slow readers still wait for it", async (t) => {
  const { hub, meet } = await openHub(t, { maxWaitingBytes: 2 ** 30 });
  const slow = [await meet({ paused: true }), await meet({ paused: true })];
  const reused = Buffer.alloc(PIECE.length);
  for (let count = 0; count < BACKLOG; count++) {
    reused.fill(count);
    hub.broadcast(reused);
    if (count % 3 === 0) await turn();
  }
  reused.fill(0xff);
  assert.ok(slow.every(({ client }) => client.waitingBytes > 0));
  for (const { raw } of slow) {
    raw.socket.resume();
    for (let count = 0; count < BACKLOG; count++) {
      const { payload } = await raw.nextFrame(BINARY);
      assert.ok(payload.equals(Buffer.alloc(PIECE.length, count)), `message ${count}`);
    }
  }
});

test("W8 a close frame comes behind the backlog, for a reader that reads in time", async (t) => {
  const { hub, meet } = await openHub(t);
  const { raw, client } = await meet({ paused: true });
  for (let count = 0; count < BACKLOG; count++) client.send(PIECE);
  client.close(4000, "enough");
  await turn();
  assert.ok(client.waitingBytes > 0);
  const gone = told(hub, "disconnect");
  raw.socket.resume();
  for (let count = 0; count < BACKLOG; count++) await raw.nextFrame(BINARY);
  assert.equal((await raw.closed).code, 4000);
  assert.equal((await gone)[1].code, 4000);
});

test("W8 a slow reader that does not get to its close frame in time sees 1006", async (t) => {
  const { hub, meet } = await openHub(t, { closeTimeoutMs: 50 });
  const { raw, client } = await meet({ paused: true });
  for (let count = 0; count < BACKLOG; count++) client.send(PIECE);
  const gone = told(hub, "disconnect");
  client.close(4000, "enough");
  assert.deepEqual((await gone)[1], { code: 1006, reason: "", why: "closed" });
  raw.socket.resume();
  assert.equal((await raw.closed).code, 1006);
});

test("W9 a ping comes behind the backlog", async (t) => {
  const { socket, ws, raw } = await bare(t, {}, { paused: true });
  for (let count = 0; count < BACKLOG; count++) write(socket, PIECE);
  ws.ping();
  raw.socket.resume();
  await until(() => raw.frames.length === BACKLOG + 1, "all frames");
  assert.equal(raw.frames.at(-1)?.opcode, PING);
});

test("W10 what was already read is delivered after pause", async (t) => {
  const { hub, meet } = await openHub(t);
  const { raw, client } = await meet();
  const heard: unknown[] = [];
  hub.on("message", (_, text) => {
    client.pause();
    heard.push(text);
  });
  raw.socket.write(Buffer.concat(["a", "b", "c"].map((text) => encode(Buffer.from(text)))));
  await until(() => heard.length > 0, "the first");
  assert.deepEqual(heard, ["a", "b", "c"]);
});

test("W11 a ws without an error listener takes the process down with a bad frame", async (t) => {
  const program = `
    import { WebSocketServer } from "ws";
    const wss = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    wss.on("listening", () => console.log(wss.address().port));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { cwd: import.meta.dirname });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const [port] = await once(child.stdout, "data");
  const raw = await RawClient.connect(Number(port));
  raw.sendFrame(Buffer.from("x"), { mask: false });
  assert.equal((await inTime(ended, "the process to end"))[0], 1);
});

test("W11 a connection that fails at any moment of the handshake harms nobody", async (t) => {
  const server = createServer();
  const pending = Promise.withResolvers<{ data: undefined }>();
  const hub = new Hub({ server, path: "/a", logLevel: "silent", admit: () => pending.promise });
  t.after(() => hub.close());
  for (const [url, version] of [
    ["/elsewhere", "13"],
    ["/a", "8"],
    ["/a", "13"],
  ]) {
    const socket = new Socket();
    const request = { url, headers: { "sec-websocket-version": version } } as unknown as IncomingMessage;
    server.emit("upgrade", request, socket, Buffer.alloc(0));
    await turn();
    assert.ok(socket.listenerCount("error") > 0, `${url} with version ${version}`);
    socket.emit("error", new Error("read ECONNRESET"));
    socket.destroy();
  }
  pending.resolve({ data: undefined });
  await turn();
  assert.equal(hub.clients.size, 0);
});

test("W11 each ws of the hub has an error listener, a denied one too", async (t) => {
  const { hub, meet, connect } = await openHub(t);
  const { client } = await meet();
  assert.ok(client.ws.listenerCount("error") > 0);
  hub.deny();
  const denied = await connect();
  denied.sendFrame(Buffer.from("x"), { mask: false });
  await inTime(denied.closed, "the close");
  assert.equal(hub.clients.size, 1);
});

test("W12 the version of ws is pinned exactly, to the one these tests were written against", () => {
  const read = (path: string | URL) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
  assert.deepEqual(read("../package.json").dependencies, { ws: "8.23.0" });
  const installed = new URL("package.json", import.meta.resolve("ws"));
  assert.equal(read(installed).version, "8.23.0");
});

test("W12 the socket that upgrade hands over is the one that ws reads, and its private name is not used", async (t) => {
  const { ws, socket } = await bare(t);
  assert.equal((ws as unknown as { _socket: Socket })._socket, socket);
  const sources = readdirSync(import.meta.dirname).filter((name) => /^[a-z]+\.ts$/.test(name));
  assert.ok(sources.includes("writer.ts"));
  for (const name of sources) {
    assert.doesNotMatch(readFileSync(new URL(name, import.meta.url), "utf8"), /\._(socket|sender)\b/);
  }
});

test("W12 a frame is what RFC 6455 section 5.2 says, in each way of writing its length", () => {
  const head = (size: number): number[] => [...frame(Buffer.alloc(size))[0]!];
  assert.deepEqual(frame("hi"), [Buffer.from([0x81, 2]), Buffer.from("hi")]);
  assert.deepEqual(Buffer.concat(frame("")), Buffer.from([0x81, 0]));
  assert.deepEqual(head(125), [0x82, 125]);
  assert.deepEqual(head(126), [0x82, 126, 0, 126]);
  assert.deepEqual(head(65_535), [0x82, 126, 0xff, 0xff]);
  assert.deepEqual(head(65_536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
});

test("W13 closeTimeout is 30 s in ws; the hub sets it", async (t) => {
  const wss = new WebSocketServer({ noServer: true });
  assert.equal((wss.options as { closeTimeout?: number }).closeTimeout, 30_000);
  const { client } = await (await openHub(t)).meet();
  assert.equal((client.ws as unknown as { _closeTimeout: number })._closeTimeout, 5_000);
});

test("W14 60 pings in one piece are answered, 61 are cut by ws and told of as invalid", async (t) => {
  const { hub, meet } = await openHub(t, { maxControlFramesPerSecond: 0 });
  const { raw } = await meet();
  const pings = (count: number) =>
    Buffer.concat(Array.from({ length: count }, () => encode(Buffer.alloc(0), { opcode: PING })));
  raw.socket.write(pings(60));
  for (let count = 0; count < 60; count++) await raw.nextFrame(PONG);
  const gone = told(hub, "disconnect");
  raw.socket.write(pings(61));
  assert.deepEqual((await gone)[1], { code: 1006, reason: "", why: "invalid" });
});

test("W15 a receiver's private fields tell whether a message has begun and is not complete", async (t) => {
  const { hub, meet } = await openHub(t);
  const { raw, client } = await meet();
  assert.equal(client.isMidMessage, false);
  const whole = encode(Buffer.from("hello"));
  const parts = [whole.subarray(0, 1), whole.subarray(1, 4), whole.subarray(4, 8)];
  for (const part of parts) {
    const bytesRead = client.socket.bytesRead + part.length;
    raw.socket.write(part);
    await until(() => client.socket.bytesRead === bytesRead, "the bytes");
    assert.equal(client.isMidMessage, true);
  }
  const heard = told(hub, "message");
  raw.socket.write(whole.subarray(8));
  await heard;
  await until(() => !client.isMidMessage, "the end");
  raw.sendFrame(Buffer.from("a"), { fin: false });
  await until(() => client.isMidMessage, "the first piece");
  const all = told(hub, "message");
  raw.sendFrame(Buffer.from("b"), { opcode: 0 });
  assert.equal((await all)[1], "ab");
  await until(() => !client.isMidMessage, "the end");
});

test("the documentation's rules are the ones tested here", () => {
  const numbers = (path: string, pattern: RegExp): string[] =>
    [...new Set(readFileSync(new URL(path, import.meta.url), "utf8").match(pattern))].toSorted();
  const documented = numbers("../docs/writing-beside-ws.md", /(?<=^\*\*)W\d+(?=\.)/gm);
  assert.equal(documented.length, 15);
  assert.deepEqual(numbers("ws.test.ts", /(?<=^test\(")W\d+/gm), documented);
});
