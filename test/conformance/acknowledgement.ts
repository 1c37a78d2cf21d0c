import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, enter, newId, newRoom, newSession, type Target } from "./peer.ts";

export function acknowledgement(target: Target): void {
  describe("Acknowledgement", { concurrency: true }, () => {
    it("A1 the sender's own event is the acknowledgement, once, the very frame that the others get", async () => {
      const room = newRoom();
      const ada = await enter(target, room);
      const bob = await enter(target, room);
      ada.say({ type: "send", room, id: "a", text: "hi" });
      const event = await ada.hear("event");
      assert.deepEqual([event.id, event.from.id], ["a", ada.id]);
      assert.deepEqual(await bob.hear("event"), event);
      for (const peer of [ada, bob]) await peer.hearsNothing();
    });

    it("A2 A3 P3 a retry gets the original event back with again, alone, whatever its text, and stores nothing", async () => {
      const [room, session] = [newRoom(), newSession()];
      const ada = await enter(target, room, { session });
      const bob = await enter(target, room);
      const original = await ada.tell(room, "once", "a");
      await bob.hear("event");
      const tab = await enter(target, room, { session });
      for (const text of ["once", "twice", "x".repeat(8_000)]) {
        tab.say({ type: "send", room, id: "a", text });
        assert.deepEqual(await tab.hear("event"), { ...original, again: true });
      }
      for (const peer of [ada, bob, tab]) await peer.hearsNothing();
      assert.equal((await enter(target, room)).joined.head, 1);
    });

    it("A3 a retry that comes while the first is under way is stored once", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const send = { type: "send", room, id: "a", text: "hi" };
      peer.say(send, send, send);
      const events = await peer.hearAll("event", 3);
      assert.deepEqual(
        events.map(({ seq, again }) => [seq, again]),
        [
          [1, undefined],
          [1, true],
          [1, true],
        ],
      );
      assert.equal((await peer.tell(room, "next")).seq, 2);
    });

    it("A3 ids are of one room: the same one in another is another event", async () => {
      const [room, other] = [newRoom(), newRoom()];
      const peer = await enter(target, room);
      await peer.join(other);
      for (const name of [room, other]) assert.equal((await peer.tell(name, "hi", "a")).again, undefined);
    });

    it("A4 two senders may use the same id", async () => {
      const room = newRoom();
      const ada = await enter(target, room);
      const bob = await enter(target, room);
      const id = newId();
      ada.say({ type: "send", room, id, text: "from Ada" });
      await bob.hear("event");
      bob.say({ type: "send", room, id, text: "from Bob" });
      const events = await ada.hearAll("event", 2);
      assert.deepEqual(
        events.map(({ seq, from }) => [seq, from.id]),
        [
          [1, ada.id],
          [2, bob.id],
        ],
      );
      assert.equal((await bob.hear("event")).again, undefined);
      // Each finds their own by it again.
      for (const [peer, seq] of [
        [ada, 1],
        [bob, 2],
      ] as const) {
        assert.equal((await peer.tell(room, "again", id)).seq, seq);
      }
    });

    it("A2 what only acknowledges comes between the others, and moves none of them", async () => {
      const [room, session] = [newRoom(), newSession()];
      const ada = await enter(target, room, { session });
      for (let count = 1; count <= 5; count++) await ada.tell(room, "hi", `${count}`);
      const back = await arrive(target, { session });
      back.say({ type: "join", room, since: 2, epoch: ada.joined.epoch });
      back.say(...["4", "5", "6"].map((id) => ({ type: "send", room, id, text: "hi" })));
      await back.hear("joined");
      const events = await back.hearAll("event", 6);
      const counted = events.filter(({ again }) => again === undefined).map(({ seq }) => seq);
      const acknowledged = events.filter(({ again }) => again === true).map(({ seq }) => seq);
      assert.deepEqual(
        [counted, acknowledged],
        [
          [3, 4, 5, 6],
          [4, 5],
        ],
      );
    });
  });
}
