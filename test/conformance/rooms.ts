import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusal } from "../support/raw-client.ts";
import { arrive, enter, newId, newRoom, newSession, plain, type Target } from "./peer.ts";
import { pathVectors } from "./vectors.ts";

export function rooms(target: Target): void {
  describe("Rooms", { concurrency: true }, () => {
    it("R1 a frame takes a room only by its name in normal form", async () => {
      const peer = await arrive(target);
      const good = ["a", "9", "a..", "a.b_c-9", "café", "кафе", "部屋", "x".repeat(64), "𐐨".repeat(64)];
      for (const room of good) assert.equal((await peer.join(room)).room, room);
      const bad = [
        "",
        "A",
        "a b",
        ".a",
        "-a",
        "_a",
        "a/b",
        "cafe\u0301",
        "a\u200b",
        "x".repeat(65),
        "Ä",
        "a\n",
      ];
      // Others may say something in the good ones meanwhile.
      await peer.leave();
      const other = await arrive(target);
      for (const room of bad) {
        for (const frame of [{ type: "join" }, { type: "leave" }, { type: "typing" }]) {
          other.say({ ...frame, room });
          const { room: echoed } = await other.refused("bad_room");
          assert.equal(echoed, room, "F8 the error says which room was meant");
        }
      }
    });

    it("R2 H2 in a URL the path names the room, percent-decoded and brought to normal form; others are 404", async () => {
      for (const { path, room } of pathVectors()) {
        // No request line has a path like that.
        if (!path.startsWith("/") || /[^\x21-\x7e]/.test(path)) continue;
        if (room === null) {
          assert.equal((await refusal(target.port, { host: target.host, path })).status, 404, path);
          continue;
        }
        const listener = await enter(target, room);
        const guest = await plain(target, path);
        const token = newId();
        guest.send(token);
        // Others may talk there as well.
        for (;;) if ((await listener.hear("event")).text === token) break;
        for (const client of [guest, listener]) await client.leave();
      }
    });

    it("R3 joining a room of which nothing is stored is no error, and it is nowhere", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const { head, first, read, unread, last, lastAt } = peer.joined;
      assert.deepEqual([head, first, read, unread, last, lastAt], [0, 1, 0, 0, undefined, undefined]);
      peer.say({ type: "history", room, limit: 10, ref: "1" });
      assert.deepEqual(await peer.hear("page"), { type: "page", room, ref: "1", events: [], more: false });
    });

    it("R4 rooms tells those that the person joined on any connection and did not leave", async () => {
      const [kept, left, others, session] = [newRoom(), newRoom(), newRoom(), newSession()];
      await enter(target, others);
      const one = await enter(target, kept, { session });
      await one.tell(kept, "hi");
      await one.tell(kept, "there");
      await one.join(left);
      const two = await arrive(target, { session });
      two.say({ type: "leave", room: left });
      await two.hear("left");
      // Losing a connection is not leaving.
      await one.leave();
      two.say({ type: "rooms", ref: "1" });
      const rooms = [{ room: kept, head: 2, read: 0, unread: 2 }];
      assert.deepEqual(await two.hear("rooms"), { type: "rooms", ref: "1", rooms });
    });

    it("R4 R5 a connection may be in 100 rooms, a person in 1,000, and rooms tells all of them", async () => {
      const session = newSession();
      const all = Array.from({ length: 1_000 }, newRoom);
      const answers: string[] = [];
      for (let from = 0; from < all.length; from += 100) {
        const peer = await arrive(target, { session });
        const some = all.slice(from, from + 100);
        peer.say(...some.map((room) => ({ type: "join", room })));
        await peer.hearAll("joined", some.length);
        if (from === 0) {
          peer.say({ type: "join", room: newRoom() }, { type: "join", room: some[0] });
          assert.equal((await peer.refused("too_many_rooms")).retry, false);
          // One that it is in already is none more.
          await peer.hear("joined");
          peer.say({ type: "leave", room: some[1] }, { type: "join", room: some[1] });
          await peer.hear("left");
          await peer.hear("joined");
        }
        if (from + 100 >= all.length) {
          peer.say({ type: "rooms", ref: "1" });
          answers.push(...(await peer.hear("rooms")).rooms.map(({ room }) => room));
        }
        await peer.leave();
      }
      const late = await arrive(target, { session });
      late.say({ type: "join", room: newRoom() }, { type: "join", room: all[0] });
      assert.equal((await late.refused("too_many_rooms")).retry, false);
      await late.hear("joined");
      assert.equal(new Set(answers).size, 1_000);
      assert.deepEqual(
        answers.filter((room) => !all.includes(room)),
        [],
      );
    });

    it("R6 no event of the room follows left, and the room is off the person's list", async () => {
      const room = newRoom();
      const [ada, bob] = [await enter(target, room), await enter(target, room, { name: "Bob" })];
      ada.say({ type: "leave", room });
      assert.deepEqual(await ada.hear("left"), { type: "left", room });
      await bob.tell(room, "is she gone?");
      await ada.hearsNothing();
      ada.say({ type: "rooms", ref: "1" });
      assert.deepEqual((await ada.hear("rooms")).rooms, []);
      ada.say({ type: "send", room, id: newId(), text: "no" });
      await ada.refused("not_joined");
    });

    it("R6 leaving a room that one is not in is answered with left as well", async () => {
      const room = newRoom();
      const peer = await arrive(target);
      peer.say({ type: "leave", room }, { type: "leave", room });
      for (const frame of await peer.hearAll("left", 2)) assert.deepEqual(frame, { type: "left", room });
    });

    it("R6 A2 whoever leaves with sends under way hears of each that it is stored", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const ids = Array.from({ length: 20 }, newId);
      peer.say(...ids.map((id) => ({ type: "send", room, id, text: "bye" })), { type: "leave", room });
      let isOut = false;
      const heard: string[] = [];
      while (heard.length < ids.length || !isOut) {
        const frame = JSON.parse(await peer.raw.next());
        if (frame.type === "left") isOut = true;
        if (frame.type !== "event") continue;
        if (isOut) assert.equal(frame.again, true);
        heard.push(frame.id);
      }
      assert.deepEqual(heard, ids);
      await peer.join(room, { since: 0 });
      assert.deepEqual(
        (await peer.hearAll("event", ids.length)).map(({ id }) => id),
        ids,
      );
    });
  });
}
