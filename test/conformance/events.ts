import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, enter, type Heard, newRoom, plain, type Target } from "./peer.ts";

export function events(target: Target): void {
  describe("Events", { concurrency: true }, () => {
    it("E1 coming, going, renaming, typing and reading take no seq", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const other = await enter(target, room, { name: "Bob" });
      other.say({ type: "rename", name: "Eve" }, { type: "typing", room }, { type: "read", room, seq: 0 });
      other.say({ type: "leave", room });
      for (const type of ["renamed", "read", "left"]) await other.hear(type);
      await peer.hear("typing");
      assert.equal((await peer.tell(room, "hi")).seq, 1);
    });

    it("E2 every event has its room, seq, time, id and sender; the server makes the id of a plain line", async () => {
      const room = newRoom();
      const peer = await enter(target, room, { name: "Ada" });
      const guest = await plain(target, `/${room}`);
      const event = await peer.tell(room, "hi", "a-1");
      const { at, ...rest } = event;
      assert.deepEqual(rest, {
        ...{ type: "event", kind: "message", room, seq: 1, id: "a-1" },
        ...{ from: { id: peer.id, name: "Ada" }, text: "hi" },
      });
      assert.ok(Number.isSafeInteger(at));
      guest.send("line");
      guest.send("line");
      const lines = await peer.hearAll("event", 2);
      assert.deepEqual(
        lines.map(({ seq, text }) => [seq, text]),
        [
          [2, "line"],
          [3, "line"],
        ],
      );
      for (const line of lines) assert.match(line.id, /^[A-Za-z0-9_-]{1,64}$/);
      assert.notEqual(lines[0]!.id, lines[1]!.id);
    });

    it("E4 P2 everybody gets the same event, live, resumed, from history and as its acknowledgement", async () => {
      const room = newRoom();
      const ada = await enter(target, room);
      const bob = await enter(target, room, { name: "Bob" });
      const guest = await plain(target, `/${room}`);
      const texts = [
        "<svg onload=alert(1)>",
        " untrimmed\n\t",
        "👩‍👩‍👧 \u202e",
        "a\u2028\u00a0\ufeffb",
        '"\\"',
      ];
      const acknowledged: Heard[] = [];
      for (const text of texts) acknowledged.push(await ada.tell(room, text));
      guest.send("");
      acknowledged.push(await ada.hear("event"));
      assert.deepEqual(
        acknowledged.map(({ text }) => text),
        [...texts, ""],
      );

      const late = await enter(target, room, { join: { since: 0 } });
      late.say({ type: "history", room, limit: 200, ref: "1" });
      assert.deepEqual(await bob.hearAll("event", 6), acknowledged);
      assert.deepEqual(await late.hearAll("event", 6), acknowledged);
      assert.deepEqual((await late.hear("page")).events, acknowledged);
      assert.deepEqual(
        acknowledged.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6],
      );
    });

    it("E5 at is the time at which it was stored, in milliseconds since 1970", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const first = (await peer.tell(room, "hi")).at;
      const second = (await peer.tell(room, "hi")).at;
      // No closer than the clocks of two machines.
      for (const at of [first, second]) assert.ok(Math.abs(at - Date.now()) < 120_000, `${at}`);
      assert.ok(Math.abs(second - first) < 10_000);
    });

    it("P2 rooms are numbered each by itself, from 1, without gaps, however many send at once", async () => {
      const room = newRoom();
      const watcher = await enter(target, room);
      const senders = await Promise.all(Array.from({ length: 5 }, () => arrive(target)));
      for (const sender of senders) sender.say({ type: "join", room });
      for (const sender of senders) await sender.hear("joined");
      for (let count = 0; count < 20; count++) {
        for (const sender of senders) {
          sender.say({ type: "send", room, id: `${count}`, text: `${sender.id} ${count}` });
        }
      }
      const heard = await watcher.hearAll("event", 100);
      assert.deepEqual(
        heard.map(({ seq }) => seq),
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
      // P4: each one's in their order.
      for (const { id } of senders) {
        const own = heard.filter(({ from }) => from.id === id).map((event) => event.id);
        assert.deepEqual(
          own,
          Array.from({ length: 20 }, (_, index) => `${index}`),
        );
      }
      for (const sender of senders) assert.deepEqual(await sender.hearAll("event", 100), heard);
    });
  });
}
