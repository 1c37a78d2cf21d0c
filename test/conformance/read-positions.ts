import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, enter, newRoom, newSession, plain, type Target } from "./peer.ts";

export function readPositions(target: Target): void {
  describe("Read positions", { concurrency: true }, () => {
    it("D1 a read position begins at the head of the first join, and counts the messages after it", async () => {
      const [room, session] = [newRoom(), newSession()];
      const ada = await enter(target, room);
      for (let count = 0; count < 3; count++) await ada.tell(room, "hi");
      const bob = await enter(target, room, { session, join: { since: 0 } });
      assert.deepEqual([bob.joined.read, bob.joined.unread], [3, 0]);
      await bob.hearAll("event", 3);
      await ada.tell(room, "four");
      await bob.hear("event");
      // One's own counts as well, and so does a plain line.
      await bob.tell(room, "five");
      const guest = await plain(target, `/${room}`);
      guest.send("six");
      await bob.hear("event");
      const later = await enter(target, room, { session });
      assert.deepEqual([later.joined.read, later.joined.unread], [3, 3]);
      later.say({ type: "rooms", ref: "1" });
      assert.deepEqual((await later.hear("rooms")).rooms, [{ room, head: 6, read: 3, unread: 3 }]);
    });

    it("D1 R6 it ends with leave, and begins anew at the head", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (let count = 0; count < 3; count++) await peer.tell(room, "hi");
      peer.say({ type: "leave", room });
      await peer.hear("left");
      const { read, unread } = await peer.join(room);
      assert.deepEqual([read, unread], [3, 0]);
    });

    it("D2 it moves only forward; a lower or the same seq is answered with the position as it is", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (let count = 0; count < 5; count++) await peer.tell(room, "hi");
      for (const [seq, read, unread] of [
        [0, 0, 5],
        [3, 3, 2],
        [2, 3, 2],
        [3, 3, 2],
        [5, 5, 0],
        [1, 5, 0],
      ]) {
        peer.say({ type: "read", room, seq });
        assert.deepEqual(await peer.hear("read"), { type: "read", room, seq: read, unread });
      }
    });

    it("D3 a change goes to that person's connections in the room, and to nobody else", async () => {
      const [room, session] = [newRoom(), newSession()];
      const here = await enter(target, room, { session });
      await here.tell(room, "hi");
      const there = await enter(target, room, { session });
      const elsewhere = await arrive(target, { session });
      const bob = await enter(target, room);
      here.say({ type: "read", room, seq: 1 });
      for (const peer of [here, there]) {
        assert.deepEqual(await peer.hear("read"), { type: "read", room, seq: 1, unread: 0 });
      }
      for (const peer of [elsewhere, bob]) await peer.hearsNothing();
    });

    it("D4 a seq past the head gets bad_position, and moves nothing", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      await peer.tell(room, "hi");
      for (const seq of [2, 2 ** 53 - 1]) {
        peer.say({ type: "read", room, seq });
        assert.equal((await peer.refused("bad_position")).room, room);
      }
      assert.equal((await peer.join(room)).read, 0);
    });
  });
}
