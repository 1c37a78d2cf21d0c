// Attacks that hold on to what a server has only so much of: sockets, file descriptors, memory.

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { CONTROL_FRAMES_PER_SECOND } from "../../packages/server/src/limits.ts";
import { arrive, connect, enter } from "../conformance/peer.ts";
import { until } from "../operations/support/until.ts";
import { megabytes, residentBytes } from "../reliability/support/home.ts";
import { Natter } from "../support/natter.ts";
import { encode, handshake, inTime, PING, PONG, RawClient } from "../support/raw-client.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { startWithHandles, target } from "./support/target.ts";

const natter = await Natter.start();
after(() => natter[Symbol.asyncDispose]());

/** Flat, but for what the process takes and gives back as it likes: three times what was measured. */
const FLAT_BYTES = 40 * 1024 * 1024;

describe("holding on to", { concurrency: true }, () => {
  it("5,000 connections with half a header (slowloris): they are gone in 15 s", async (t) => {
    const count = 5_000;
    await whilePairChats(t, target(natter), async () => {
      const sockets: Socket[] = [];
      const ends: Promise<number>[] = [];
      for (let index = 0; index < count; index++) {
        const port = index % 2 === 0 ? natter.port : natter.wsPort;
        const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
        sockets.push(socket.resume());
        const since = performance.now();
        ends.push(new Promise((resolve) => socket.once("close", () => resolve(performance.now() - since))));
        socket.write(handshake(port).slice(0, 60));
        // A byte now and then buys no time.
        if (index % 200 === 0) await pause(20);
      }
      const drip = setInterval(() => {
        for (const socket of sockets) if (socket.writable) socket.write("x");
      }, 2_000);
      const times = await inTime(Promise.all(ends), "all to be gone", 40_000).finally(() => {
        clearInterval(drip);
        for (const socket of sockets) socket.destroy();
      });
      const slowestMs = Math.max(...times);
      assert.ok(slowestMs < 15_000, `${slowestMs} ms`);
      t.diagnostic(`${count} were gone after ${(slowestMs / 1_000).toFixed(1)} s at most`);
    });
  });

  it("all file descriptors: newcomers are turned away, who is there chats on, and then there is room again", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-handles-"));
    await using few = await startWithHandles(120, folder);
    const held: Socket[] = [];
    const there = await enter(target(few), "handles");
    await whilePairChats(t, target(few), async () => {
      let turnedAway = 0;
      let isHeard = 0;
      for (let index = 0; index < 300; index++) {
        const socket = connectTcp(few.wsPort, "127.0.0.1").on("error", () => {});
        held.push(socket);
        socket.once("data", () => isHeard++);
        socket.once("close", () => turnedAway++);
        socket.write(handshake(few.wsPort));
      }
      while (isHeard + turnedAway < 300) await pause(10);
      t.diagnostic(`${isHeard} were let in, ${turnedAway} turned away`);
      assert.ok(turnedAway > 100 && isHeard > 20, `${isHeard} in, ${turnedAway} turned away`);
      // The store as well goes on with what it has open.
      for (let count = 0; count < 20; count++) await there.tell("handles", "still here");
      for (const socket of held) socket.destroy();
      const again = async (): Promise<RawClient> => {
        for (;;) {
          const client = await RawClient.connect(few.wsPort).catch(() => undefined);
          if (client !== undefined) return client;
          await pause(20);
        }
      };
      await (await inTime(again(), "room for a newcomer")).leave();
    });
  });

  it("M6 a message that never ends, a piece a second: it is closed with 1008 after 30 s, before hello after 10", async (t) => {
    await whilePairChats(t, target(natter), async () => {
      const [early, late] = [await connect(target(natter)), await arrive(target(natter))];
      const since = performance.now();
      for (const { raw } of [early, late]) raw.sendFrame(Buffer.from("{"), { fin: false });
      const drip = setInterval(() => {
        for (const { raw } of [early, late]) {
          if (raw.socket.writable) raw.sendFrame(Buffer.from(" "), { fin: false, opcode: 0 });
        }
      }, 1_000);
      try {
        assert.equal((await early.closing(15_000)).code, 1008);
        assert.equal((await late.closing(45_000)).code, 1008);
      } finally {
        clearInterval(drip);
      }
      const ms = performance.now() - since;
      assert.ok(ms > 28_000 && ms < 40_000, `${ms} ms`);
    });
  });
});

describe("filling memory with", () => {
  it("P7 one-byte pieces without end (CVE-2026-48779): each is closed with 1008, and memory stays flat", async (t) => {
    const pieces = Buffer.concat([
      encode(Buffer.from("x"), { fin: false }),
      ...Array.from({ length: 10_000 }, () => encode(Buffer.from("x"), { fin: false, opcode: 0 })),
    ]);
    const before = await residentBytes(natter.child.pid!);
    await whilePairChats(t, target(natter), async () => {
      for (let round = 0; round < 10; round++) {
        const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(natter.wsPort)));
        for (const { socket } of clients) socket.write(pieces);
        for (const { closed } of clients) assert.equal((await inTime(closed, "the close")).code, 1008);
      }
    });
    const grown = (await residentBytes(natter.child.pid!)) - before;
    assert.ok(grown < FLAT_BYTES, megabytes(grown));
    t.diagnostic(`memory grew by ${megabytes(grown)}`);
  });

  it("P7 pings, from clients that read no answer: they are cut off, and memory stays flat", async (t) => {
    await using own = await Natter.start(["--log-level", "debug"]);
    const pings = Buffer.concat(
      Array.from({ length: 50 }, () => encode(Buffer.alloc(125), { opcode: PING })),
    );
    const before = await residentBytes(own.child.pid!);
    await whilePairChats(t, target(own), async () => {
      const since = performance.now();
      const clients = await Promise.all(
        Array.from({ length: 20 }, () => RawClient.connect(own.wsPort, { paused: true })),
      );
      for (const { socket } of clients) {
        for (let count = 0; count < 400 && socket.writable; count++) socket.write(pings);
      }
      const cut = () => own.log.filter(({ event, why }) => event === "disconnected" && why === "invalid");
      await until(
        cut,
        ({ length }) => length === clients.length,
        "all to be cut, though none has read",
        20_000,
      );
      const seconds = (performance.now() - since) / 1_000;
      for (const client of clients) {
        client.socket.resume();
        await inTime(client.closed, "the end", 20_000);
        const answers = client.frames.filter(({ opcode }) => opcode === PONG).length;
        assert.ok(answers <= (5 + seconds) * CONTROL_FRAMES_PER_SECOND, `${answers} answers of 20,000`);
      }
    });
    const grown = (await residentBytes(own.child.pid!)) - before;
    assert.ok(grown < FLAT_BYTES, megabytes(grown));
    t.diagnostic(`memory grew by ${megabytes(grown)}`);
  });
});
