import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { arrive, connect, enter, newRoom, newSession, type Target } from "./peer.ts";

/** Of each code in docs/errors.md, whether it may be sent again. */
function documented(): Map<string, boolean> {
  const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const rows = page.matchAll(/^\| `([a-z_]+)` \|.*?\| (yes|no) \|/gm);
  return new Map([...rows].map(([, code, retry]) => [code!, retry === "yes"]));
}

export function errors(target: Target): void {
  describe("Errors and close codes", { concurrency: true }, () => {
    it("X1 X2 a refused frame is answered with one error of a documented code, and changes nothing", async () => {
      const codes = documented();
      assert.ok(codes.size > 15);
      const [room, empty] = [newRoom(), newRoom()];
      const peer = await enter(target, room);
      const witness = await enter(target, room);
      await peer.tell(room, "hi");
      await witness.hear("event");
      const refused = [
        { type: "hello", name: "Eve", session: newSession() },
        { type: "rename", name: "7" },
        { type: "cake" },
        { type: "join", room: "No Room" },
        { type: "join", room: empty, since: 4 },
        { type: "send", room, id: "a b", text: "hi" },
        { type: "send", room, id: "a", text: "" },
        { type: "history", room, limit: 0, ref: "1" },
        { type: "history", room: empty, limit: 1, ref: "1" },
        { type: "read", room, seq: 7 },
        { type: "read", room: empty, seq: 0 },
        { type: "typing", room: empty },
        { type: "ping", ref: "" },
        { type: "rooms" },
      ];
      for (const frame of refused) {
        peer.say(frame);
        const { code, message, retry } = await peer.hear("error");
        assert.equal(retry, codes.get(code), `${code} of ${JSON.stringify(frame)}`);
        assert.equal(typeof message, "string");
        await peer.hearsNothing();
      }
      await witness.hearsNothing();
      peer.say({ type: "rooms", ref: "1" });
      assert.deepEqual((await peer.hear("rooms")).rooms, [{ room, head: 1, read: 0, unread: 1 }]);
      const { seq, from } = await peer.tell(room, "still Ada");
      assert.deepEqual([seq, from], [2, { id: peer.id, name: "Ada" }]);
    });

    it("P9 who sends nonsense, or goes without a word, harms nobody else in the room", async () => {
      const room = newRoom();
      const ada = await enter(target, room);
      const bob = await enter(target, room);
      for (const bytes of ["\x00", "[".repeat(60_000), '{"type":"send"}', "x".repeat(70_000)]) {
        const bad = await enter(target, room, { name: "Mallory" });
        bad.raw.send(bytes);
        bad.raw.vanish();
        const stranger = await connect(target);
        stranger.raw.send(bytes);
        stranger.raw.socket.destroy();
      }
      for (let count = 1; count <= 5; count++) {
        await ada.tell(room, `${count}`);
        assert.equal((await bob.hear("event")).seq, count);
      }
      assert.ok((await arrive(target)).id);
    });

    it("P9 a close frame is answered in kind", async () => {
      const peer = await arrive(target);
      assert.equal((await peer.raw.leave(1000)).code, 1000);
    });
  });
}
