import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, enter, type Heard, newId, newRoom, type Target } from "./peer.ts";

export function history(target: Target): void {
  describe("History", { concurrency: true }, () => {
    it("Y1 Y3 a page has those right before, right after or the newest, lowest first; more says if there are more", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (let count = 0; count < 10; count++) await peer.tell(room, `${count + 1}`);
      const cases = [
        [{ limit: 3 }, [8, 9, 10], true],
        [{ limit: 10 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
        [{ limit: 200 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
        [{ limit: 2, before: 4 }, [2, 3], true],
        [{ limit: 3, before: 4 }, [1, 2, 3], false],
        [{ limit: 3, before: 1 }, [], false],
        [{ limit: 3, before: 0 }, [], false],
        [{ limit: 2, before: 2 ** 53 - 1 }, [9, 10], true],
        [{ limit: 2, after: 0 }, [1, 2], true],
        [{ limit: 2, after: 7 }, [8, 9], true],
        [{ limit: 3, after: 7 }, [8, 9, 10], false],
        [{ limit: 3, after: 10 }, [], false],
        [{ limit: 3, after: 2 ** 53 - 1 }, [], false],
      ] as const;
      for (const [range, seqs, more] of cases) {
        peer.say({ type: "history", room, ref: "r", ...range });
        const page = await peer.hear("page");
        const shown = { seqs: page.events.map(({ seq }) => seq), more: page.more, ref: page.ref };
        assert.deepEqual(shown, { seqs, more, ref: "r" }, JSON.stringify(range));
      }
      peer.say({ type: "history", room, ref: "r", limit: 1, before: 3, after: 1 });
      await peer.refused("bad_position");
    });

    it("Y2 a limit of 1 to 200, and no other", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (const limit of [0, 201, -1, 1.5]) {
        peer.say({ type: "history", room, limit, ref: "r" });
        const { ref, retry } = await peer.refused("bad_limit");
        assert.deepEqual([ref, retry], ["r", false]);
      }
      for (const limit of [1, 200]) {
        peer.say({ type: "history", room, limit, ref: "r" });
        await peer.hear("page");
      }
    });

    it("Y3 a page ends at about 256 KiB, never empty while there are events, and pages join up", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (let count = 0; count < 60; count++) {
        peer.say({ type: "send", room, id: newId(), text: "x".repeat(8_000) });
      }
      const events = await peer.hearAll("event", 60);
      for (const isBack of [true, false]) {
        const all: Heard[] = [];
        for (let more = true; more; ) {
          const range = isBack ? { before: all[0]?.seq ?? 61 } : { after: all.at(-1)?.seq ?? 0 };
          peer.say({ type: "history", room, limit: 200, ref: "r", ...range });
          const page = await peer.hear("page");
          assert.ok(page.events.length > 0 && page.events.length < 60);
          assert.ok(JSON.stringify(page).length < 300_000);
          if (isBack) all.unshift(...page.events);
          else all.push(...page.events);
          more = page.more;
        }
        assert.deepEqual(all, events);
      }
    });

    it("Y4 history needs the room, and moves no position", async () => {
      const room = newRoom();
      const ada = await enter(target, room);
      for (let count = 0; count < 3; count++) await ada.tell(room, "hi");
      const peer = await arrive(target);
      peer.say({ type: "history", room, limit: 3, ref: "r" });
      const { ref, room: where, retry } = await peer.refused("not_joined");
      assert.deepEqual([ref, where, retry], ["r", room, true]);
      await peer.join(room);
      peer.say({ type: "history", room, limit: 3, ref: "r" });
      assert.equal((await peer.hear("page")).events.length, 3);
      await ada.tell(room, "live");
      assert.equal((await peer.hear("event")).seq, 4);
    });
  });
}
