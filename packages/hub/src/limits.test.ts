import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect as connectTcp, type Socket } from "node:net";
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
import { Doorkeeper } from "./admission.ts";
import { Hub } from "./index.ts";
import { DEFAULTS, settle } from "./options.ts";
import { openHub, TLS, told, turn, until } from "./testing/hub.ts";

/** The head of a frame that announces `length` bytes and never sends them. */
function announcing(length: bigint): Buffer {
  const head = Buffer.alloc(14);
  head.set([0x82, 0x80 | 127]);
  head.writeBigUInt64BE(length, 2);
  return head;
}

function endOf(socket: Socket): Promise<number> {
  const since = performance.now();
  const end = new Promise<number>((resolve) => {
    socket.once("close", () => resolve(performance.now() - since));
  });
  return inTime(end, "the end of the connection");
}

suite("options", () => {
  test("the defaults are those that the documentation names", () => {
    assert.deepEqual(settle({}), {
      host: "127.0.0.1",
      handshakeTimeoutMs: 10_000,
      closeTimeoutMs: 5_000,
      pingIntervalMs: 30_000,
      stalledTimeoutMs: 30_000,
      idleTimeoutMs: 0,
      maxMessageBytes: 65_536,
      maxFragments: 128,
      messageTimeoutMs: 30_000,
      maxControlFramesPerSecond: 20,
      maxWindowMs: 10,
      maxWaitingBytes: 1_048_576,
      maxWaitingBytesInAll: 268_435_456,
      maxConnections: 20_000,
      maxConnectionsPerAddress: 1_000,
      logLevel: "warn",
      logger: console,
    });
  });

  test("undefined is as good as left out", () => {
    assert.equal(settle({ maxFragments: undefined, host: undefined }).maxFragments, 128);
  });

  const numbers = Object.entries(DEFAULTS).flatMap(([name, value]) =>
    typeof value === "number" ? [name] : [],
  );
  for (const name of [...numbers, "port"]) {
    test(`${name} that is no whole number within its range is refused by name`, () => {
      for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "80", null]) {
        assert.throws(() => new Hub({ [name]: value }), {
          name: "RangeError",
          message: new RegExp(`^${name} must`),
        });
      }
    });
  }

  test("zero means never where the documentation says so, and is refused elsewhere", () => {
    const taken = [...numbers, "port"].filter((name) => {
      try {
        settle({ [name]: 0 });
        return true;
      } catch {
        return false;
      }
    });
    assert.deepEqual(taken, [
      ...["pingIntervalMs", "stalledTimeoutMs", "idleTimeoutMs", "messageTimeoutMs"],
      ...["maxControlFramesPerSecond", "maxWindowMs", "port"],
    ]);
  });

  test("an unknown log level is refused by name", () => {
    assert.throws(
      () => new Hub({ logLevel: "loud" as never }),
      /^RangeError: logLevel must be one of silent, /,
    );
  });
});

suite("messages", () => {
  for (const [given, most] of [
    [{}, 65_536],
    [{ maxMessageBytes: 10 }, 10],
  ] as const) {
    const options = JSON.stringify(given);
    test(`${most} bytes are taken, in one frame or in many, with ${options}`, async (t) => {
      const { hub, meet } = await openHub(t, given);
      const { raw } = await meet();
      hub.on("message", (client, message) => client.send(`${message.length}`));
      assert.equal(await raw.sendFrame(Buffer.alloc(most), { opcode: BINARY }).next(), `${most}`);
      raw.sendFrame(Buffer.alloc(most - 1), { opcode: BINARY, fin: false });
      assert.equal(await raw.sendFrame(Buffer.alloc(1), { opcode: 0 }).next(), `${most}`);
    });

    for (const [what, send] of [
      ["one byte more in one frame", (raw: RawClient) => raw.sendFrame(Buffer.alloc(most + 1))],
      ["one byte more, only announced", (raw: RawClient) => raw.socket.write(announcing(BigInt(most + 1)))],
      ["2^63 bytes announced", (raw: RawClient) => raw.socket.write(announcing(2n ** 63n))],
      ["2^53 - 1 bytes announced", (raw: RawClient) => raw.socket.write(announcing(2n ** 53n - 1n))],
      [
        "one byte more in fragments",
        (raw: RawClient) =>
          raw
            .sendFrame(Buffer.alloc(most), { fin: false })
            .sendFrame(Buffer.alloc(1), { opcode: 0, fin: false }),
      ],
    ] as const) {
      test(`${what} is closed with 1009, with ${options}`, async (t) => {
        const { hub, meet } = await openHub(t, given);
        const [bad, good] = [await meet(), await meet()];
        hub.on("message", (client) => client.send("ok"));
        const gone = told(hub, "disconnect");
        send(bad.raw);
        assert.equal((await inTime(bad.raw.closed, "the close")).code, 1009);
        const [client, departure] = await gone;
        assert.deepEqual([client, departure.why], [bad.client, "invalid"]);
        assert.equal(await good.raw.send("and I?").next(), "ok");
      });
    }
  }

  for (const [given, most] of [
    [{}, 128],
    [{ maxFragments: 3 }, 3],
  ] as const) {
    test(`more than ${most} fragments are closed with 1008, with ${JSON.stringify(given)}`, async (t) => {
      const { hub, meet } = await openHub(t, given);
      const { raw } = await meet();
      hub.on("message", (client, message) => client.send(`${message.length}`));
      const fragments = (count: number): Buffer[] =>
        Array.from({ length: count }, (_, index) =>
          encode(Buffer.from("x"), { opcode: index === 0 ? 1 : 0, fin: index === count - 1 }),
        );
      raw.socket.write(Buffer.concat(fragments(most)));
      assert.equal(await raw.next(), `${most}`);
      const gone = told(hub, "disconnect");
      raw.socket.write(Buffer.concat(fragments(most + 2).slice(0, most + 1))); // and the last never comes
      assert.equal((await inTime(raw.closed, "the close")).code, 1008);
      assert.equal((await gone)[1].why, "invalid");
    });
  }

  for (const [what, trickle] of [
    ["pieces", (raw: RawClient) => raw.sendFrame(Buffer.from("x"), { opcode: 0, fin: false })],
    ["bytes", (raw: RawClient) => raw.socket.write("x")],
    ["pongs between its pieces", (raw: RawClient) => raw.sendFrame(Buffer.alloc(0), { opcode: PONG })],
  ] as const) {
    test(`M6 a message that comes in ${what} is closed with 1008 after messageTimeoutMs, in time or not a byte`, async (t) => {
      const { hub, meet } = await openHub(t, {
        ...{ messageTimeoutMs: 300, maxControlFramesPerSecond: 0 },
        closeTimeoutMs: 200, // in the middle of a frame its answer to the close frame is not one
      });
      const [bad, good] = [await meet(), await meet()];
      hub.on("message", (client) => client.send("ok"));
      const gone = told(hub, "disconnect");
      const since = performance.now();
      if (what === "bytes") bad.raw.socket.write(encode(Buffer.alloc(60_000)).subarray(0, 20));
      else bad.raw.sendFrame(Buffer.from("x"), { fin: false });
      const timer = setInterval(() => trickle(bad.raw), 20);
      t.after(() => clearInterval(timer));
      // Who sends whole messages all the time is in the middle of one now and then.
      const busy = setInterval(() => good.raw.send("x"), 5);
      t.after(() => clearInterval(busy));
      assert.equal((await inTime(bad.raw.closed, "the close")).code, 1008);
      clearInterval(busy);
      const ms = performance.now() - since;
      assert.ok(ms >= 300 && ms < 3_000, `closed after ${ms} ms`);
      assert.equal((await gone)[1].why, "invalid");
      assert.ok(good.client.isOpen);
    });
  }

  test("more pings or pongs than maxControlFramesPerSecond, five times that at once, are closed with 1008", async (t) => {
    const { meet } = await openHub(t, { maxControlFramesPerSecond: 2 });
    for (const opcode of [PING, PONG]) {
      const { raw } = await meet();
      for (let count = 0; count < 10; count++) raw.sendFrame(Buffer.alloc(0), { opcode });
      if (opcode === PING) for (let count = 0; count < 10; count++) await raw.nextFrame(PONG);
      for (let count = 0; count < 5; count++) raw.sendFrame(Buffer.alloc(0), { opcode });
      assert.equal((await inTime(raw.closed, "the close")).code, 1008);
    }
  });

  const bytes = (...values: number[]): Buffer => Buffer.from(values);
  for (const [what, code, frame] of [
    ["a compressed frame (RSV1)", 1002, encode(Buffer.from("x"), { rsv: 4 })],
    ["RSV2", 1002, encode(Buffer.from("x"), { rsv: 2 })],
    ["RSV3", 1002, encode(Buffer.from("x"), { rsv: 1 })],
    ["a frame without a mask", 1002, encode(Buffer.from("x"), { mask: false })],
    ["an unknown opcode", 1002, encode(Buffer.from("x"), { opcode: 3 })],
    ["an unknown control opcode", 1002, encode(Buffer.from("x"), { opcode: 11 })],
    ["a continuation of nothing", 1002, encode(Buffer.from("x"), { opcode: 0 })],
    ["a fragmented ping", 1002, encode(Buffer.from("x"), { opcode: PING, fin: false })],
    ["a ping of 126 bytes", 1002, encode(Buffer.alloc(126), { opcode: PING })],
    ["a new message within one", 1002, Buffer.concat([encode(bytes(1), { fin: false }), encode(bytes(1))])],
    ["text that is no UTF-8", 1007, encode(bytes(0xc3, 0x28))],
    ["a surrogate in UTF-8", 1007, encode(bytes(0xed, 0xa0, 0x80))],
    ["the close code 1005", 1002, encode(bytes(0x03, 0xed), { opcode: CLOSE })],
    ["the close code 999", 1002, encode(bytes(0x03, 0xe7), { opcode: CLOSE })],
    ["a close frame of one byte", 1002, encode(bytes(3), { opcode: CLOSE })],
    ["a close reason that is no UTF-8", 1007, encode(bytes(0x03, 0xe8, 0xff), { opcode: CLOSE })],
  ] as const) {
    test(`${what} is closed with ${code} and harms nobody else`, async (t) => {
      const { hub, meet } = await openHub(t);
      const [bad, good] = [await meet(), await meet()];
      hub.on("message", (client, text) => client.send(text));
      hub.on("error", (error) => assert.fail(String(error)));
      const gone = told(hub, "disconnect");
      bad.raw.socket.write(frame);
      assert.equal((await inTime(bad.raw.closed, "the close")).code, code);
      assert.equal((await gone)[1].why, "invalid");
      assert.equal(await good.raw.send("and I?").next(), "and I?");
    });
  }
});

suite("slow readers", () => {
  /** More than the kernel takes for one connection: what is past it shows in `waitingBytes`. */
  const MEGABYTES = 24;
  const PIECE = Buffer.alloc(256 * 1024, 0x61);

  for (const given of [{}, { maxWaitingBytes: 3_000_000 }]) {
    const bound = settle(given).maxWaitingBytes;
    test(`a stalled one is cut at ${bound} bytes and sees 1006; healthy ones hear all`, async (t) => {
      const { hub, meet } = await openHub(t, given);
      const stalled = await meet({ paused: true });
      const healthy = [await meet(), await meet(), await meet()];
      let most = 0;
      let goneAt = -1;
      let sent = 0;
      hub.on("disconnect", (client, departure) => {
        assert.deepEqual([client, departure], [stalled.client, { code: 1006, reason: "", why: "slow" }]);
        goneAt = sent;
      });
      for (; sent < MEGABYTES * 4; sent++) {
        hub.broadcast(PIECE);
        await turn();
        most = Math.max(most, stalled.client.waitingBytes);
        for (const { raw } of healthy)
          assert.equal((await raw.nextFrame(BINARY)).payload.length, PIECE.length);
      }
      assert.ok(goneAt > 0, "the stalled one is gone");
      assert.ok(most <= bound, `${most} bytes waited`);
      assert.ok(most + PIECE.length > bound - PIECE.length, `cut too early, at ${most} bytes`);
      stalled.raw.socket.resume();
      assert.equal((await inTime(stalled.raw.closed, "the close")).code, 1006);
    });
  }

  test("many that stall hold no more together than may wait in all; a healthy one hears all", async (t) => {
    const inAll = 8_000_000;
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 1_000_000, maxWaitingBytesInAll: inAll });
    const piece = PIECE.subarray(0, PIECE.length / 4);
    const healthy = await meet();
    for (let count = 0; count < 40; count++) await meet({ paused: true });
    let mostWaited = 0;
    for (let sent = 0; sent < MEGABYTES * 16; sent++) {
      hub.broadcast(piece);
      await turn();
      mostWaited = Math.max(mostWaited, hub.waitingBytes);
      assert.equal((await healthy.raw.nextFrame(BINARY)).payload.length, piece.length);
    }
    assert.ok(mostWaited <= inAll, `${mostWaited} bytes waited`);
    assert.ok(mostWaited > inAll / 2, `cut too early, at ${mostWaited} bytes`);
    assert.deepEqual([...hub.clients.values()], [healthy.client]);
    assert.equal(hub.waitingBytes, 0, "nothing is left of those who are gone");
  });

  test("what waits in all is what waits for each, while they stall, read on, and are gone", async (t) => {
    const { hub, meet } = await openHub(t, { pingIntervalMs: 100 });
    const met = [await meet({ paused: true }), await meet({ paused: true }), await meet({ paused: true })];
    const waiting = (): number => met.reduce((sum, { client }) => sum + client.waitingBytes, 0);
    while (hub.waitingBytes === 0) {
      hub.broadcast(PIECE);
      await turn();
    }
    for (let count = 0; count < 5; count++) {
      hub.broadcast("a short one");
      await turn();
    }
    assert.equal(hub.waitingBytes, waiting());
    const [first, second] = met;
    first!.raw.socket.resume();
    await until(
      () => first!.client.waitingBytes === 0 && hub.waitingBytes === waiting(),
      "the first to be drained",
    );
    second!.client.terminate();
    await until(
      () => hub.clients.size === 2 && hub.waitingBytes === met[2]!.client.waitingBytes,
      "the second to be gone",
    );
  });

  test("one that onSlow keeps has had all that was sent up to then, and goes on once it is drained", async (t) => {
    let behind = 0;
    const { hub, meet } = await openHub(t, {
      maxWaitingBytes: 1000,
      onSlow: (client) => {
        client.leave("den");
        if (++behind === 1) client.whenDrained(() => client.send("you may go on"));
        return "keep";
      },
    });
    const { client, raw } = await meet({ paused: true });
    client.join("den");
    let sent = 0;
    for (; hub.members("den").size > 0 && sent < MEGABYTES * 4; sent++) {
      hub.publish("den", PIECE);
      await turn();
    }
    assert.ok(behind > 0 && client.isOpen);
    assert.ok(client.waitingBytes <= 1000 + 2 * PIECE.length, `${client.waitingBytes} bytes waited`);
    raw.socket.resume();
    for (let count = 0; count < sent; count++) await raw.nextFrame(BINARY);
    assert.equal(await raw.next(), "you may go on");
  });

  test("an onSlow that throws is reported, and the client is cut", async (t) => {
    const failure = new Error("no idea");
    const { hub, meet } = await openHub(t, {
      maxWaitingBytes: 1000,
      onSlow: () => {
        throw failure;
      },
    });
    const errors: unknown[] = [];
    hub.on("error", (error) => errors.push(error));
    const { client } = await meet({ paused: true });
    const gone = told(hub, "disconnect");
    for (let sent = 0; client.isOpen && sent < MEGABYTES * 4; sent++) {
      client.send(PIECE);
      await turn();
    }
    assert.equal((await gone)[1].why, "slow");
    assert.deepEqual(errors, [failure]);
  });

  test("one that takes nothing of what waits for stalledTimeoutMs is cut, under the bound as well", async (t) => {
    const { hub, meet } = await openHub(t, { stalledTimeoutMs: 300, maxWaitingBytes: 2 ** 30 });
    const healthy = await meet();
    const { client } = await meet({ paused: true });
    const gone = told(hub, "disconnect");
    for (let count = 0; count < MEGABYTES * 4; count++) client.send(PIECE);
    assert.deepEqual(
      (await gone).map((each) => (each === client ? "it" : each)),
      ["it", { code: 1006, reason: "", why: "slow" }],
    );
    assert.ok(healthy.client.isOpen);
  });

  test("whenDrained calls back in a later turn where nothing waits, and never for one that is gone", async (t) => {
    const { meet } = await openHub(t);
    const [one, two] = [await meet(), await meet()];
    const called: string[] = [];
    one.client.whenDrained(() => called.push("one"));
    two.client.whenDrained(() => called.push("two"));
    two.client.terminate();
    assert.deepEqual(called, []);
    await turn();
    await turn();
    assert.deepEqual(called, ["one"]);
  });

  test("one that is cut is in no room from that very turn on", async (t) => {
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 1000 });
    const { client } = await meet({ paused: true });
    client.join("den");
    const gone = told(hub, "disconnect");
    for (let sent = 0; hub.members("den").size > 0 && sent < MEGABYTES * 4; sent++) {
      hub.publish("den", PIECE);
      await turn();
    }
    assert.deepEqual([client.isOpen, client.rooms], [false, []]);
    assert.equal((await gone)[1].why, "slow");
  });

  test("one turn's burst over the bound does not cut a reader that nothing waits for", async (t) => {
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 1000 });
    const { raw } = await meet();
    const pieces = MEGABYTES * 4;
    for (let round = 0; round < 2; round++) {
      for (let count = 0; count < pieces; count++) hub.broadcast(PIECE);
      for (let count = 0; count < pieces; count++) await raw.nextFrame(BINARY);
      await until(() => [...hub.clients.values()].every((client) => client.waitingBytes === 0), "the drain");
    }
    assert.equal(hub.clients.size, 1);
  });

  test("send and close hold the bound as well", async (t) => {
    for (const how of ["send", "close"]) {
      const { hub, meet } = await openHub(t, { maxWaitingBytes: 1000 });
      const { client } = await meet({ paused: true });
      const gone = told(hub, "disconnect");
      for (let count = 0; count < MEGABYTES * 4; count++) client.send(PIECE);
      await turn();
      assert.ok(client.waitingBytes > 1000 && client.isOpen, "the burst is accepted");
      client.send("one more");
      if (how === "close") {
        client.join("den");
        client.close();
        assert.deepEqual([client.isOpen, client.rooms, hub.members("den").size], [false, [], 0]);
      }
      assert.equal((await gone)[1].why, "slow");
    }
  });

  test("one with a backlog over the bound that still pings is cut at its next ping", async (t) => {
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 1000 });
    const { raw, client } = await meet({ paused: true });
    for (let count = 0; count < MEGABYTES * 4; count++) client.send(PIECE);
    await turn();
    const gone = told(hub, "disconnect");
    raw.sendFrame(Buffer.alloc(0), { opcode: PING });
    assert.equal((await gone)[1].why, "slow");
  });

  test("L2 one that onSlow keeps may ping, until it has pinged more than it may", async (t) => {
    const { hub, meet } = await openHub(t, { maxWaitingBytes: 1000, onSlow: () => "keep" });
    const { raw, client } = await meet({ paused: true });
    for (let count = 0; count < MEGABYTES * 4; count++) client.send(PIECE);
    await turn();
    const gone = told(hub, "disconnect");
    const ping = (): unknown => raw.sendFrame(Buffer.from("x"), { opcode: PING });
    const pinged = new Promise((resolve) => client.ws.once("ping", resolve));
    ping();
    await inTime(pinged, "the ping");
    assert.ok(client.isOpen);
    for (let count = 0; count < DEFAULTS.maxControlFramesPerSecond * 6; count++) ping();
    assert.equal((await gone)[1].why, "invalid");
  });

  test("a flood of pings from one that does not read is cut, and memory stays flat", async (t) => {
    const { hub, meet } = await openHub(t);
    const { raw, client } = await meet({ paused: true });
    const gone = told(hub, "disconnect");
    const pings = Buffer.concat(
      Array.from({ length: 20 }, () => encode(Buffer.alloc(125), { opcode: PING })),
    );
    let most = 0;
    let isGone = false;
    void gone.then(() => {
      isGone = true;
    });
    for (let count = 0; !isGone && count < 20_000; count++) {
      if (!raw.socket.write(pings)) await turn();
      most = Math.max(most, client.waitingBytes);
    }
    assert.equal((await gone)[1].why, "invalid");
    assert.ok(most < 100_000, `${most} bytes of pongs waited`);
  });
});

suite("heartbeat", () => {
  const pingIntervalMs = 60;
  /** Well past the two intervals after which a silent one is cut. */
  const LONG_MS = 6 * pingIntervalMs;

  /** Does something again and again for so long. */
  async function keepDoing(everyMs: number, forMs: number, what: () => void): Promise<void> {
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      what();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  test("a silent client is pinged, and cut after as long again", async (t) => {
    const { hub, meet } = await openHub(t, { pingIntervalMs });
    const gone = told(hub, "disconnect");
    const since = performance.now();
    const { raw } = await meet(); // it hears the ping, and does not answer
    await raw.nextFrame(PING);
    const pingedMs = performance.now() - since;
    assert.deepEqual((await gone)[1], { code: 1006, reason: "", why: "silent" });
    const goneMs = performance.now() - since;
    assert.ok(pingedMs >= pingIntervalMs - 2, `pinged after ${pingedMs} ms`);
    assert.ok(goneMs >= 2 * pingIntervalMs - 2, `cut after ${goneMs} ms`);
    assert.deepEqual(raw.frames, [], "one ping is enough");
  });

  test("a client that answers pings is alive, and one that sends any byte is not even pinged", async (t) => {
    const { hub, meet } = await openHub(t, { pingIntervalMs });
    hub.on("disconnect", (_, { why }) => assert.fail(why));
    const [answers, trickles] = [await meet(), await meet()];
    let pings = 0;
    const long = encode(Buffer.from("x".repeat(1000)));
    let sent = 0;
    await keepDoing(5, LONG_MS, () => {
      trickles.raw.socket.write(long.subarray(sent, ++sent));
      for (const frame of answers.raw.frames.splice(0)) {
        if (frame.opcode !== PING) continue;
        pings++;
        answers.raw.sendFrame(frame.payload, { opcode: PONG });
      }
    });
    assert.ok(pings >= 2, `${pings} pings`);
    assert.equal(trickles.raw.frames.length, 0);
    assert.equal(hub.clients.size, 2);
    hub.removeAllListeners("disconnect");
  });

  test("a slow reader is alive as long as it drains anything, even while its backlog grows", async (t) => {
    const patientMs = 3 * pingIntervalMs;
    const { hub, meet } = await openHub(t, { pingIntervalMs: patientMs, maxWaitingBytes: 2 ** 30 });
    const { raw, client } = await meet({ paused: true });
    const gone = told(hub, "disconnect");
    raw.socket.removeAllListeners("data");
    raw.socket.on("data", () => {});
    raw.socket.pause();
    const piece = Buffer.alloc(300_000);
    for (let count = 0; count < 60; count++) client.send(piece);
    await turn();
    let least = client.waitingBytes;
    assert.ok(least > 0, "there is a backlog");
    await keepDoing(5, 5 * patientMs, () => {
      client.send(piece);
      let read = 0;
      const onData = (bytes: Buffer | string): void => {
        read += bytes.length;
        if (read > 200_000) raw.socket.pause().off("data", onData);
      };
      raw.socket.on("data", onData).resume();
      least = Math.min(least, client.waitingBytes);
    });
    assert.ok(client.isOpen, "it is alive");
    assert.ok(least > 0, "there was a backlog all the time");
    raw.socket.pause();
    assert.equal((await gone)[1].why, "silent", "and is cut once it stops reading");
  });

  test("what the kernel takes for a peer that reads nothing is no sign of life", async (t) => {
    const { hub, meet } = await openHub(t, { pingIntervalMs });
    const { client } = await meet({ paused: true });
    let why: string | undefined;
    hub.on("disconnect", (_, departure) => {
      why = departure.why;
    });
    const since = performance.now();
    while (why === undefined && performance.now() - since < 20 * pingIntervalMs) {
      client.send("x".repeat(100));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(why, "silent");
  });

  test("a client that the application has paused is not cut for its silence", async (t) => {
    const { hub, meet } = await openHub(t, { pingIntervalMs });
    const [paused, silent] = [await meet(), await meet()];
    paused.client.pause();
    const [client] = await told(hub, "disconnect");
    assert.equal(client, silent.client);
    assert.ok(paused.client.isOpen);
    const gone = told(hub, "disconnect");
    paused.client.resume();
    assert.equal((await gone)[1].why, "silent");
  });

  test("nobody is cut because the process itself stood still", async (t) => {
    const { hub, meet } = await openHub(t, { pingIntervalMs });
    // The clients are looked after a part at a time: these are in every part.
    const all: RawClient[] = [];
    while (all.length < 20) all.push((await meet()).raw);
    const departures: string[] = [];
    hub.on("disconnect", (_, { why }) => departures.push(why));
    const answering = setInterval(() => {
      for (const raw of all) {
        for (const frame of raw.frames)
          if (frame.opcode === PING) raw.sendFrame(frame.payload, { opcode: PONG });
        raw.frames.length = 0;
      }
    }, 5);
    t.after(() => clearInterval(answering));
    await new Promise((resolve) => setTimeout(resolve, pingIntervalMs / 2)); // all are known to the watch by now
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * pingIntervalMs);
    await new Promise((resolve) => setTimeout(resolve, pingIntervalMs));
    clearInterval(answering);
    hub.broadcast("still here");
    for (const raw of all) assert.equal(await raw.next(), "still here");
    assert.deepEqual(departures, []);
  });

  test("a TLS client is held to the same", async (t) => {
    const { hub, port } = await openHub(t, { pingIntervalMs, tls: TLS });
    const open = () => connectTls({ port, host: "127.0.0.1", ca: TLS.cert, servername: "localhost" });
    const [alive, silent] = [
      await RawClient.connect(port, { open }),
      await RawClient.connect(port, { open }),
    ];
    t.after(() => [alive, silent].forEach((raw) => void raw.socket.destroy()));
    const departures: string[] = [];
    hub.on("disconnect", (client, { why }) => departures.push(`${client.id} ${why}`));
    await keepDoing(5, LONG_MS, () => alive.send("x"));
    assert.deepEqual(departures, ["2 silent"]);
  });

  test("with pingIntervalMs 0 nobody is pinged or cut", async (t) => {
    const quiet = await openHub(t, { pingIntervalMs: 0 });
    const { raw } = await quiet.meet();
    const clock = await openHub(t, { pingIntervalMs });
    await clock.meet();
    await told(clock.hub, "disconnect");
    quiet.hub.broadcast("marker");
    assert.equal((await raw.nextFrame(1)).payload.toString(), "marker");
    assert.equal(quiet.hub.clients.size, 1);
  });
});

suite("idling", () => {
  const idleTimeoutMs = 100;

  test("whoever sends no message for so long is closed with 1000, though it pings and listens", async (t) => {
    const { hub, meet } = await openHub(t, { idleTimeoutMs });
    const { raw } = await meet();
    const since = performance.now();
    const gone = told(hub, "disconnect");
    const chatter = setInterval(() => {
      raw.sendFrame(Buffer.alloc(0), { opcode: PING });
      hub.broadcast("news");
    }, 10);
    t.after(() => clearInterval(chatter));
    assert.deepEqual(await inTime(raw.closed, "the close"), { code: 1000, reason: "idle" });
    assert.ok(performance.now() - since >= idleTimeoutMs - 2);
    assert.deepEqual((await gone)[1], { code: 1000, reason: "idle", why: "idle" });
  });

  test("whoever sends messages stays", async (t) => {
    const { hub, meet } = await openHub(t, { idleTimeoutMs });
    const [talks, idles] = [await meet(), await meet()];
    const talking = setInterval(() => talks.raw.send("x"), 10);
    t.after(() => clearInterval(talking));
    assert.equal((await told(hub, "disconnect"))[0], idles.client);
    const later = await meet();
    assert.equal((await told(hub, "disconnect"))[0], later.client);
    assert.ok(talks.client.isOpen);
  });
});

suite("connections", () => {
  test("more than maxConnections get 503 and when to retry; there is room again when one leaves", async (t) => {
    const { hub, port, meet } = await openHub(t, { maxConnections: 2 });
    const [one] = [await meet(), await meet()];
    const answer = await refusal(port);
    assert.equal(answer.status, 503);
    assert.match(answer.head, /^Retry-After: \d+$/im);
    const gone = told(hub, "disconnect");
    one.raw.vanish();
    await gone;
    assert.equal((await meet()).client.id, 3, "a refused one gets no id");
    assert.equal((await refusal(port)).status, 503);
  });

  test("whoever is refused or denied counts no longer than it is connected", async (t) => {
    let refuse = true;
    const { hub, port, connect } = await openHub(t, {
      maxConnections: 1,
      admit: () => (refuse ? { refuse: 403, reason: "no" } : { data: undefined }),
    });
    for (let count = 0; count < 3; count++) assert.equal((await refusal(port)).status, 403);
    refuse = false;
    hub.deny();
    for (let count = 0; count < 3; count++) assert.equal((await (await connect()).closed).code, 1013);
    hub.allow();
    await connect();
    assert.equal((await refusal(port)).status, 503);
  });

  // Every address that a test can connect from is a loopback one, and those are exempt: so the doorkeeper is
  // asked alone here, with a made-up address.
  const enter = (doorkeeper: Doorkeeper<unknown>, address: string) => {
    const socket = new EventEmitter() as Socket;
    const request = { headers: { "sec-websocket-version": "13" } } as unknown as IncomingMessage;
    return { socket, entered: doorkeeper.enter(request, socket, address) };
  };

  for (const [given, most] of [
    [{}, 1_000],
    [{ maxConnectionsPerAddress: 2 }, 2],
  ] as const) {
    test(`more than ${most} from one address get 429, with ${JSON.stringify(given)}`, async () => {
      const doorkeeper = new Doorkeeper(settle(given));
      const sockets: Socket[] = [];
      for (let count = 0; count < most; count++) {
        const { socket, entered } = enter(doorkeeper, "203.0.113.7");
        await entered;
        sockets.push(socket);
      }
      const refused = { status: 429, headers: ["Retry-After: 10"] };
      await assert.rejects(enter(doorkeeper, "203.0.113.7").entered, refused);
      await enter(doorkeeper, "203.0.113.8").entered;
      for (const address of ["127.0.0.1", "127.3.2.1", "::1"]) {
        for (let count = 0; count <= most; count++) await enter(doorkeeper, address).entered;
      }
      sockets.pop()!.emit("close");
      await enter(doorkeeper, "203.0.113.7").entered;
      await assert.rejects(enter(doorkeeper, "203.0.113.7").entered, refused);
    });
  }

  test("connections are counted by the address that addressOf gives, an IPv6 one with all of its /64", async (t) => {
    const { hub, connect, port } = await openHub(t, {
      maxConnectionsPerAddress: 1,
      addressOf: ({ headers }, peer) => String(headers["x-from"] ?? peer),
    });
    const from = (address: string) => ({ headers: { "X-From": address } });
    await connect(from("2001:db8::1"));
    assert.equal((await refusal(port, from("2001:db8::2"))).status, 429);
    await connect(from("2001:db8:0:1::1"));
    await connect();
    const addresses = [...hub.clients.values()].map(({ address }) => address);
    assert.deepEqual(addresses, ["2001:db8::1", "2001:db8:0:1::1", "127.0.0.1"]);
  });

  test("20,000 connections are let in unless told otherwise", async () => {
    const doorkeeper = new Doorkeeper(settle({}));
    for (let count = 0; count < 20_000; count++) await enter(doorkeeper, "127.0.0.1").entered;
    await assert.rejects(enter(doorkeeper, "127.0.0.1").entered, { status: 503 });
  });
});

suite("handshakes", { concurrency: true }, () => {
  const beginnings = [
    ["half a header", (port: number) => handshake(port).slice(0, 40)],
    ["not a byte", () => ""],
    ["half a body", () => "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"],
  ] as const;

  const begin = async (t: TestContext, port: number, bytes: string): Promise<number> => {
    const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
    t.after(() => socket.destroy());
    socket.resume();
    if (bytes !== "") socket.write(bytes);
    return await endOf(socket);
  };

  for (const [what, bytes] of beginnings) {
    test(`a connection that sends ${what} is gone after handshakeTimeoutMs`, async (t) => {
      const { port } = await openHub(t, { handshakeTimeoutMs: 200 });
      const ms = await begin(t, port, bytes(port));
      assert.ok(ms < 3_000, `gone after ${ms} ms`);
    });
  }

  test("a TLS connection that never shakes hands is gone after handshakeTimeoutMs", async (t) => {
    const { port } = await openHub(t, { handshakeTimeoutMs: 200, tls: TLS });
    const ms = await begin(t, port, "");
    assert.ok(ms < 3_000, `gone after ${ms} ms`);
  });

  test("half a header is gone after 10 s unless told otherwise, not after Node's own 60", async (t) => {
    const { port } = await openHub(t);
    const since = performance.now();
    const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
    t.after(() => socket.destroy());
    socket.resume().write("GET / HTTP/1.1\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    const ms = performance.now() - since;
    assert.ok(ms > 9_000 && ms < 15_000, `gone after ${ms} ms`);
  });

  for (const [given, least] of [
    [{}, 5_000],
    [{ closeTimeoutMs: 100 }, 100],
  ] as const) {
    test(`a client that never answers a close frame is cut after ${least} ms`, async (t) => {
      const { hub, meet } = await openHub(t, given);
      const { client } = await meet({ paused: true });
      const gone = told(hub, "disconnect");
      const since = performance.now();
      await hub.disconnectAll({ code: 4000, reason: "out" });
      const ms = performance.now() - since;
      assert.deepEqual(await gone, [client, { code: 1006, reason: "", why: "closed" }]);
      assert.ok(ms >= least - 2 && ms < least + 2_500, `gone after ${ms} ms`);
    });
  }

  test("known attacks on the handshake's headers are answered at once and harm nobody", async (t) => {
    const { port, meet } = await openHub(t, { protocols: ["v1"] });
    const { raw } = await meet();
    const head = handshake(port).slice(0, -2);
    const headers = Array.from({ length: 2_100 }, (_, index) => `a${index}: b`).join("\r\n");
    for (const [status, bytes] of [
      [431, `${head}${headers}\r\n\r\n`], // CVE-2024-37890
      [431, `${head}Sec-WebSocket-Protocol: v1${" ".repeat(32_000)}x\r\n\r\n`], // CVE-2021-32640
      [400, `${head}Sec-WebSocket-Protocol: b${" ".repeat(8_000)}x\r\n\r\n`],
      [400, `${head}Sec-WebSocket-Extensions: a; b="${"\\c".repeat(3_000)}\r\n\r\n`], // CVE-2020-7663
      [400, `${head}Sec-WebSocket-Protocol: v1,v1\r\n\r\n`],
      [400, head.replace(/Sec-WebSocket-Key: .*/, "Sec-WebSocket-Key: short").concat("\r\n")],
      [426, head.replace(/Upgrade: websocket/, "Upgrade: h2c").concat("\r\n")],
      [405, head.replace("GET", "PUT").concat("\r\n")],
    ] as const) {
      const since = performance.now();
      assert.equal((await rawExchange(port, bytes)).status, status);
      const ms = performance.now() - since;
      assert.ok(ms < 1_000, `${ms} ms`);
    }
    // Extensions whose quotes close are not looked at any further, for none is spoken here.
    const quoted = { "Sec-WebSocket-Extensions": `a; b="${"\\c".repeat(3_000)}"` };
    const { raw: other } = await meet({ headers: quoted });
    assert.doesNotMatch(other.head, /Extensions/i);
    assert.equal(raw.socket.readyState, "open");
  });
});
