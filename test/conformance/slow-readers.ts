import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RawClient } from "../support/raw-client.ts";
import { connect, enter, newRoom, newSession, Peer, plain, type Target } from "./peer.ts";

/** 12 MB of events: what a kernel takes for a reader that does not read, and much more than a bound. */
const TEXT = "x".repeat(8_000);
const SENDERS = 4;
const EACH = 380;

export function slowReaders(target: Target): void {
  /** Says all of it, each sender no more than a window of unsettled sends at a time. */
  async function fill(room: string): Promise<void> {
    const say = async (): Promise<void> => {
      const peer = await enter(target, room);
      const { id } = peer;
      for (let count = 0, settled = 0; settled < EACH; ) {
        while (count < EACH && count - settled < 32) {
          peer.say({ type: "send", room, id: `${count++}`, text: TEXT });
        }
        if ((await peer.hear("event", 30_000)).from.id === id) settled++;
      }
      await peer.leave();
    };
    await Promise.all(Array.from({ length: SENDERS }, say));
  }

  /** A connection that said what it has to say, and from then on reads nothing. */
  async function deaf(room: string, name: string): Promise<Peer> {
    const headers = { "Sec-WebSocket-Protocol": "natter.v1" };
    const raw = await RawClient.connect(target.port, { host: target.host, headers, paused: true });
    return new Peer(raw).say(
      { type: "hello", name, session: newSession() },
      { type: "join", room, since: 0 },
    );
  }

  // The first test fills a room, and the others read from it: it counts against the address's rate.
  const full = newRoom();
  const filled = Promise.withResolvers<void>();

  describe("Slow readers", { concurrency: true }, () => {
    it("L1 L2 L4 L5 P7 who reads nothing for a while costs the others nothing, and misses no event", async () => {
      const room = full;
      const watcher = await enter(target, room);
      const slow = await deaf(room, "Slow");
      await watcher.presence((frame) => frame.joined?.some(({ name }) => name === "Slow") === true);
      const guest = await plain(target, `/${room}`, { paused: true });
      await fill(room).then(filled.resolve, filled.reject);
      // Everybody else has heard it all, and a plain client over the bound is cut off.
      const heard = await watcher.hearAll("event", SENDERS * EACH);
      assert.deepEqual(
        heard.map(({ seq }) => seq),
        seqs(1, SENDERS * EACH),
      );
      const late = await enter(target, room, { name: "Late" });
      await watcher.presence((frame) => frame.joined?.some(({ name }) => name === "Late") === true);
      late.say({ type: "typing", room });
      await watcher.hear("typing");

      slow.raw.socket.resume();
      await slow.hear("welcome");
      await slow.hear("joined");
      for (const { seq } of heard) assert.equal((await slow.hear("event")).seq, seq);
      // What passed meanwhile is not told, but who is there now.
      const { list } = await slow.presence((frame) => frame.list !== undefined);
      assert.ok(list?.some(({ name }) => name === "Late"));
      await late.tell(room, "live");
      assert.equal((await slow.hear("event")).seq, SENDERS * EACH + 1);
      guest.socket.resume();
      assert.equal((await guest.closed).code, 1006);
    });

    it("L1 L5 who has much to catch up on is told in the end who is there", async () => {
      await filled.promise;
      const room = full;
      const slow = await deaf(room, "Slower");
      const watcher = await connect(target);
      await watcher.hello();
      // Until the slow one is in.
      for (;;) if ((await watcher.join(room)).people.list?.some(({ name }) => name === "Slower")) break;
      const late = await enter(target, room, { name: "Later" });
      await watcher.presence((frame) => frame.joined?.some(({ name }) => name === "Later") === true);
      slow.raw.socket.resume();
      await slow.hear("welcome");
      await slow.hear("joined");
      for (const seq of seqs(1, SENDERS * EACH)) assert.equal((await slow.hear("event")).seq, seq);
      const { list } = await slow.presence((frame) => frame.list !== undefined);
      assert.ok(list?.some(({ name }) => name === "Later"));
      await late.leave();
    });

    it("L3 who takes nothing for 30 s while something waits is cut off, without a word", async () => {
      await filled.promise;
      const since = performance.now();
      const slow = await deaf(full, "Deaf");
      // No FIN and no close frame is read by a deaf one: a reset is seen by writing to it.
      const ended = new Promise<void>((resolve) => slow.raw.socket.once("close", () => resolve()));
      const poke = setInterval(() => slow.say({ type: "ping" }), 500);
      const late = setTimeout(() => slow.raw.vanish(), 45_000);
      await ended;
      clearInterval(poke);
      clearTimeout(late);
      const waitedMs = performance.now() - since;
      assert.ok(waitedMs > 29_000 && waitedMs < 44_000, `cut off after ${waitedMs} ms`);
      assert.equal((await slow.raw.closed).code, 1006);
    });
  });
}

function seqs(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
