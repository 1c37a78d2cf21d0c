import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, enter, type Heard, newRoom, newSession, plain, type Target } from "./peer.ts";

export function presence(target: Target): void {
  const brings = (id: string) => (frame: Heard) => frame.joined?.some((person) => person.id === id) === true;
  const takes = (id: string) => (frame: Heard) => frame.left?.includes(id) === true;

  describe("Presence and typing", { concurrency: true }, () => {
    it("T1 T3 joined has the list of who is there, each person once; a plain client is gone at once", async () => {
      const [room, session] = [newRoom(), newSession()];
      const ada = await enter(target, room, { session });
      assert.deepEqual(ada.joined.people, { count: 1, list: [{ id: ada.id, name: "Ada" }] });
      await enter(target, room, { session });
      const guest = await plain(target, `/${room}`);
      const bob = await enter(target, room, { name: "Bob" });
      assert.equal(bob.joined.people.count, 3);
      const [third, ...rest] = [...(bob.joined.people.list ?? [])].sort((a, b) =>
        a.name.localeCompare(b.name),
      );
      assert.equal(third?.plain, true);
      const names = rest.map(({ id, name }) => ({ id, name }));
      assert.deepEqual(names, [
        { id: ada.id, name: "Ada" },
        { id: bob.id, name: "Bob" },
      ]);
      await ada.presence(brings(third.id));
      await guest.leave();
      assert.equal((await ada.presence(takes(third.id))).room, room);
    });

    it("T1 a person is there until 10 s after the last connection is lost, and at once gone by leave", async () => {
      const room = newRoom();
      const watcher = await enter(target, room);
      const lost = await enter(target, room, { name: "Lost" });
      await watcher.presence(brings(lost.id));
      const since = performance.now();
      lost.raw.vanish();
      const polite = await enter(target, room, { name: "Polite" });
      await watcher.presence(brings(polite.id));
      polite.say({ type: "leave", room });
      await watcher.presence(takes(polite.id));
      assert.ok(performance.now() - since < 8_000);
      await watcher.presence(takes(lost.id), 20_000);
      const waitedMs = performance.now() - since;
      assert.ok(waitedMs > 9_500 && waitedMs < 15_000, `gone after ${waitedMs} ms`);
    });

    it("T1 J8 who goes while joining a second time is gone after 10 s like anybody else", async () => {
      const room = newRoom();
      const watcher = await enter(target, room);
      const ghosts = new Set<string>();
      for (let count = 0; count < 5; count++) {
        const ghost = await enter(target, room);
        ghosts.add(ghost.id);
        ghost.say({ type: "join", room, since: 0 });
        await ghost.leave();
      }
      while (ghosts.size > 0) {
        const { left } = await watcher.presence((frame) => frame.left !== undefined, 20_000);
        for (const id of left ?? []) ghosts.delete(id);
      }
      assert.equal((await enter(target, room)).joined.people.count, 2);
    });

    it("T2 presence comes at most once a second, and tells who came, who has a new name, and who went", async () => {
      const since = performance.now();
      const room = newRoom();
      const watcher = await enter(target, room, { name: "Watcher" });
      const first = await enter(target, room, { name: "First" });
      const frames = [await watcher.presence(brings(first.id))];
      const peers = await Promise.all(Array.from({ length: 5 }, () => enter(target, room)));
      // Each waits for the one before, so that nothing but the second brings them together.
      for (const name of [...Array.from({ length: 8 }, (_, index) => `Name ${index}`), "Renamed"]) {
        first.say({ type: "rename", name });
        await first.hear("renamed");
      }
      peers[0]!.say({ type: "leave", room });
      await peers[0]!.hear("left");
      // On balance: as many as are there, by the names that they have.
      const there = new Map<string, string>();
      while (there.get(first.id) !== "Renamed" || frames.at(-1)?.count !== 6) {
        const frame = await watcher.presence(() => true);
        for (const { id, name } of frame.joined ?? []) there.set(id, name);
        for (const id of frame.left ?? []) there.delete(id);
        assert.equal(frame.list, undefined);
        frames.push(frame);
      }
      const expected = new Map(peers.slice(1).map(({ id }) => [id, "Ada"]));
      there.delete(watcher.id);
      assert.deepEqual(there, expected.set(first.id, "Renamed"));
      const seconds = (performance.now() - since) / 1_000;
      assert.ok(frames.length <= seconds + 2, `${frames.length} frames in ${seconds} s`);
    });

    it("T4 of more than 100 people only the count is told; when they are 100 again, the list once", async () => {
      const room = newRoom();
      const people = await Promise.all(Array.from({ length: 100 }, () => enter(target, room)));
      const watcher = people[0]!;
      assert.equal((await watcher.join(room)).people.list?.length, 100);
      const last = await enter(target, room);
      assert.deepEqual(last.joined.people, { count: 101 });
      const { type, ...crowd } = await watcher.presence(({ count }) => count === 101);
      assert.deepEqual(crowd, { room, count: 101 });
      last.say({ type: "leave", room });
      const few = await watcher.presence(({ count, list }) => count === 100 && list !== undefined);
      assert.equal(few.list?.length, 100);
      people[1]!.say({ type: "leave", room });
      // Not what was told at the beginning, when 99 had come.
      const { left, list } = await watcher.presence(({ count, joined }) => count === 99 && !joined);
      assert.deepEqual([left, list], [[people[1]!.id], undefined]);
    });

    it("T5 typing goes to the other connections in the room, not to one's own, nor twice in a second", async () => {
      const [room, session] = [newRoom(), newSession()];
      const ada = await enter(target, room, { session });
      const tab = await enter(target, room, { session });
      const bob = await enter(target, room, { name: "Bob" });
      const guest = await plain(target, `/${room}`);
      for (let count = 0; count < 5; count++) ada.say({ type: "typing", room });
      await ada.hearsNothing();
      const from = { id: ada.id, name: "Ada" };
      for (const peer of [tab, bob]) {
        assert.deepEqual(await peer.hear("typing"), { type: "typing", room, from });
        await peer.hearsNothing();
      }
      // Another person's is another.
      bob.say({ type: "typing", room });
      assert.equal((await ada.hear("typing")).from.id, bob.id);
      await ada.tell(room, "hi");
      assert.equal(await guest.next(), "Client (Ada) : hi");
    });

    it("T5 nor twice in a second however often whoever types joins or leaves in between", async () => {
      const room = newRoom();
      const ada = await enter(target, room);
      const bob = await enter(target, room, { name: "Bob" });
      const [typing, join, leave] = ["typing", "join", "leave"].map((type) => ({ type, room }));
      ada.say(typing!, join!, typing!, leave!, join!, typing!);
      for (const answer of ["joined", "left", "joined"]) await ada.hear(answer);
      await bob.hear("typing");
      await bob.hearsNothing();
    });

    it("T6 read and typing need the connection in the room", async () => {
      const room = newRoom();
      const peer = await arrive(target);
      for (const frame of [
        { type: "typing", room },
        { type: "read", room, seq: 0 },
      ]) {
        peer.say(frame);
        const { room: where, retry } = await peer.refused("not_joined");
        assert.deepEqual([where, retry], [room, true]);
      }
    });
  });
}
