import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import {
  arrive,
  connect,
  enter,
  type Heard,
  newRoom,
  newSession,
  type Peer,
  plain,
  type Target,
} from "./peer.ts";

export function limits(target: Target): void {
  describe("Limits", { concurrency: true }, () => {
    it("M4 a frame over limits.frameBytes closes with 1009, and one of just as many bytes does not", async () => {
      const peer = await arrive(target);
      const { frameBytes } = peer.welcome.limits;
      peer.raw.send('{"type":"ping"}'.padEnd(frameBytes, " "));
      await peer.hear("pong");
      peer.raw.send('{"type":"ping"}'.padEnd(frameBytes + 1, " "));
      assert.equal((await peer.closing()).code, 1009);
      const inPieces = await arrive(target);
      inPieces.raw.sendFrame(Buffer.alloc(frameBytes, " "), { fin: false });
      inPieces.raw.sendFrame(Buffer.from("{}"), { opcode: 0 });
      assert.equal((await inPieces.closing()).code, 1009);
    });

    it("S3 M4 a text of the most bytes is taken with every one of them escaped", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const { textBytes } = peer.welcome.limits;
      const text = "\\u0041".repeat(textBytes);
      peer.raw.send(`{"type":"send","room":"${room}","id":"a","text":"${text}"}`);
      assert.equal((await peer.hear("event")).text, "A".repeat(textBytes));
    });

    it("M10 a person may have 50 connections: one more hello closes with 1013, until one is gone", async () => {
      const session = newSession();
      const tryToArrive = async (): Promise<Peer | undefined> => {
        const peer = (await connect(target)).say({ type: "hello", name: "Ada", session });
        const isIn = await peer.hear("welcome").then(
          () => true,
          () => false,
        );
        if (isIn) return peer;
        assert.equal((await peer.closing()).code, 1013);
        return undefined;
      };
      const peers: Peer[] = [];
      for (let peer = await tryToArrive(); peer !== undefined; peer = await tryToArrive()) peers.push(peer);
      // Where a balancer spreads them unevenly, one node is full before the others.
      const { nodes = 1 } = target;
      assert.ok(peers.length >= 50 && peers.length <= 50 * nodes, `${peers.length} connections`);
      for (const peer of peers) await peer.hearsNothing();
      await arrive(target); // somebody else
      await peers.pop()!.leave();
      // The server may learn of that a moment later, and a balancer may pass that node over.
      let again: Peer | undefined;
      for (let tries = 0; again === undefined && tries < 20; tries++) again = await tryToArrive();
      assert.ok(again, "there is no room again");
      peers.push(again);
      for (const peer of peers) await peer.leave();
    });
  });
}

/** Frames that a suite may spend on finding a burst's end. */
const MOST_FRAMES = 1_000;

/**
 * The rules about rates, which spend what all connections of one address have together: apart from the others,
 * and one after the other.
 */
export function rates(target: Target): void {
  /** A new connection, whose hello was the first of its burst; or none, where its rate takes too long to see. */
  async function within(t: TestContext, most = MOST_FRAMES): Promise<Peer | undefined> {
    const peer = await arrive(target);
    const { burst, messagesPerSecond } = peer.welcome.limits;
    if (messagesPerSecond > 0 && burst <= most) return peer;
    t.skip(messagesPerSecond === 0 ? "the server has no rate" : `a burst is ${burst} messages`);
    return undefined;
  }

  /** As many frames as a burst. */
  async function spend(peer: Peer, frame: object): Promise<void> {
    const { burst } = peer.welcome.limits;
    for (let count = 0; count < burst; count++) peer.say(frame);
  }

  describe("Rates", { concurrency: 1 }, () => {
    it("M1 M2 M5 X2 after a burst a message is refused with rate_limited, and one is allowed after retryAfterMs", async (t) => {
      const peer = await within(t);
      if (peer === undefined) return;
      const { burst, messagesPerSecond } = peer.welcome.limits;
      // Two seconds' worth more than a burst, lest a slow machine's seconds bring them in.
      const count = burst + 2 * Math.ceil(messagesPerSecond);
      for (let sent = 0; sent < count; sent++) peer.say({ type: "ping", ref: "x" });
      let waitMs = 0;
      for (let heard = 0; heard < count; heard++) {
        const { type, code, retry, retryAfterMs, ref } = JSON.parse(await peer.raw.next()) as Heard;
        assert.equal(ref, "x");
        if (type === "pong") continue;
        assert.deepEqual([code, retry], ["rate_limited", true]);
        assert.ok(Number.isSafeInteger(retryAfterMs) && retryAfterMs > 0);
        waitMs = retryAfterMs;
      }
      // Longer than one message takes to be allowed would be too long.
      assert.ok(waitMs > 0 && waitMs <= 2_000 / messagesPerSecond);
      await new Promise((resolve) => setTimeout(resolve, waitMs + 1_000 / messagesPerSecond));
      peer.say({ type: "ping", ref: "now" });
      assert.equal((await peer.hear("pong")).ref, "now");
    });

    it("M11 a person may take on 10 names at once, by rename or hello: then rate_limited, and another one after retryAfterMs", async (t) => {
      const peer = await within(t);
      if (peer === undefined) return;
      const { session } = peer;
      const rename = async (name: string): Promise<Heard> => {
        peer.say({ type: "rename", name });
        return JSON.parse(await peer.raw.next());
      };
      const since = performance.now();
      let taken = 1; // by hello
      let answer = await rename("another 1");
      for (; answer.type === "renamed"; answer = await rename(`another ${taken}`)) taken++;
      const seconds = Math.floor((performance.now() - since) / 1_000);
      assert.ok(taken >= 10 && taken <= 10 + seconds, `${taken} names in ${seconds} s`);
      assert.deepEqual([answer.code, answer.retry], ["rate_limited", true]);
      assert.ok(answer.retryAfterMs > 0 && answer.retryAfterMs <= 1_000);
      // The name that they have is none.
      assert.equal((await rename(`another ${taken - 1}`)).type, "renamed");
      // On another node they may have another left.
      if ((target.nodes ?? 1) === 1) {
        const there = (await connect(target)).say({ type: "hello", session, name: "somebody else" });
        const { retryAfterMs } = await there.refused("rate_limited");
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs + 10));
        await there.hello({ session, name: "somebody else" });
        assert.equal((await peer.hear("renamed")).you.name, "somebody else");
      }
    });

    it("M2 S5 P4 a send over the rate is waited for: later ones are held, in order, even over the rate", async (t) => {
      const peer = await within(t);
      if (peer === undefined) return;
      const room = newRoom();
      await peer.join(room);
      const { burst } = peer.welcome.limits;
      for (let count = 0; count < burst + 3; count++) {
        peer.say({ type: "send", room, id: `${count}`, text: "hi" });
      }
      const errors = [];
      const stored: string[] = [];
      while (errors.length + stored.length < burst + 3) {
        const frame = JSON.parse(await peer.raw.next());
        if (frame.type === "event") stored.push(frame.id);
        if (frame.type === "error") errors.push(frame);
      }
      assert.deepEqual(
        stored,
        Array.from({ length: stored.length }, (_, index) => `${index}`),
      );
      const [first, ...rest] = errors;
      assert.deepEqual([first.code, first.ref], ["rate_limited", `${stored.length}`]);
      assert.ok(rest.length > 0);
      for (const { code, retryAfterMs } of rest) {
        assert.deepEqual([code, retryAfterMs], ["held", undefined]);
      }
    });

    it("M3 as many messages as a burst over the rate close with 1008, whatever they were answered with", async (t) => {
      const answers = [
        { type: "ping" },
        { type: "cake" },
        { type: "send", room: newRoom(), id: "a", text: "hi" },
      ];
      for (const frame of answers) {
        const peer = await within(t);
        if (peer === undefined) return;
        // Not at once, lest the server be too slow to see them within the time.
        await spend(peer, frame);
        await spend(peer, frame);
        // And what the rate allows meanwhile.
        await spend(peer, frame);
        assert.equal((await peer.closing()).code, 1008);
      }
    });

    it("B6 a plain client over the rate is read more slowly, and far over it closed with 1008", async (t) => {
      const watcher = await within(t, 100);
      if (watcher === undefined) return;
      const { burst } = watcher.welcome.limits;
      const path = `/${newRoom()}`;
      const guest = await plain(target, path);
      const listener = await plain(target, path);
      for (let count = 0; count < burst + 5; count++) guest.send(`${count}`);
      const lines = await listener.take(burst + 5);
      assert.match(lines.at(-1)!, new RegExp(` : ${burst + 4}$`));
      const flood = await plain(target, path);
      for (let count = 0; count < burst * 4; count++) flood.send("x");
      assert.equal((await flood.closed).code, 1008);
    });

    it("M1 all connections of one address have ten times the rate of one", async (t) => {
      const first = await within(t, 100);
      if (first === undefined) return;
      const { burst } = first.welcome.limits;
      // Earlier tests have spent some of it; thirty bursts are more than there can be, on a slow machine too.
      const peers: Peer[] = [];
      for (let count = 0; count < 30; count++) {
        const peer = await arrive(target).catch(() => undefined);
        if (peer === undefined) break; // not even its hello
        peers.push(peer);
      }
      for (const peer of peers) for (let sent = 2; sent < burst; sent++) peer.say({ type: "ping" });
      let refused = 0;
      for (const peer of peers) {
        for (let heard = 2; heard < burst; heard++) {
          if (JSON.parse(await peer.raw.next()).code === "rate_limited") refused++;
        }
      }
      assert.ok(refused > 0);
    });
  });
}
