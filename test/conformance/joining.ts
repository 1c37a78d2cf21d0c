import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  arrive,
  connect,
  enter,
  type Heard,
  newId,
  newRoom,
  newSession,
  type Peer,
  type Target,
} from "./peer.ts";

/** A room with so many events, and somebody in it. */
async function filled(target: Target, count: number): Promise<{ room: string; ada: Peer; events: Heard[] }> {
  const room = newRoom();
  const ada = await enter(target, room);
  for (let seq = 1; seq <= count; seq++) ada.say({ type: "send", room, id: newId(), text: `${seq}` });
  return { room, ada, events: await ada.hearAll("event", count) };
}

export function joining(target: Target): void {
  describe("Joining", { concurrency: true }, () => {
    it("J1 a join without since is live: the first event is that after the head", async () => {
      const { room, ada } = await filled(target, 5);
      const bob = await enter(target, room);
      assert.equal(bob.joined.head, 5);
      await ada.tell(room, "six");
      assert.equal((await bob.hear("event")).seq, 6);
    });

    it("J2 P5 events after since follow joined, then the live ones, each once, in order, without a gap", async () => {
      const { room, ada, events } = await filled(target, 300);
      const { epoch } = ada.joined;
      const readers = await Promise.all(
        [0, 1, 150, 299, 300].map(async (since) => ({ since, peer: await arrive(target) })),
      );
      // While they join, more is said.
      for (let count = 0; count < 100; count++) {
        ada.say({ type: "send", room, id: newId(), text: "more" });
        const reader = count % 20 === 0 ? readers[count / 20] : undefined;
        reader?.peer.say({ type: "join", room, since: reader.since, epoch });
      }
      events.push(...(await ada.hearAll("event", 100)));
      for (const { since, peer } of readers) {
        await peer.hear("joined");
        assert.deepEqual(await peer.hearAll("event", 400 - since), events.slice(since));
        await peer.hearsNothing();
      }
    });

    it("J3 since 0 needs no epoch and gets no reset; any other needs one", async () => {
      const { room, ada } = await filled(target, 3);
      for (const join of [{ since: 0 }, { since: 0, epoch: "other", last: "other", lastAt: 1 }]) {
        const peer = await enter(target, room, { join });
        assert.deepEqual(
          (await peer.hearAll("event", 3)).map(({ seq }) => seq),
          [1, 2, 3],
        );
      }
      ada.say({ type: "join", room, since: 3 });
      const { retry, room: where } = await ada.refused("bad_position");
      assert.deepEqual([retry, where], [false, room]);
    });

    it("J4 J7 a position that is not of this log gets reset, then joined, and is live from the head in it", async () => {
      const { room, ada, events } = await filled(target, 5);
      const { epoch } = ada.joined;
      const { id: last, at: lastAt } = events[2]!;
      const { id: headId, at: headAt } = events[4]!;
      const strange = [
        { since: 3, epoch: `${epoch}x` },
        { since: 6, epoch },
        { since: 2 ** 53 - 1, epoch },
        { since: 3, epoch, last: headId },
        { since: 3, epoch, last, lastAt: lastAt + 1 },
        { since: 3, epoch, lastAt: lastAt - 1 },
      ];
      for (const position of strange) {
        const peer = await arrive(target);
        peer.say({ type: "join", room, ...position });
        const head = { room, epoch, head: 5, last: headId, lastAt: headAt };
        assert.deepEqual(await peer.hear("reset"), { type: "reset", ...head });
        const joined = await peer.hear("joined");
        assert.deepEqual({ ...joined, ...head }, joined);
        await peer.hearsNothing();
        await peer.leave();
      }
      const live = await arrive(target);
      live.say({ type: "join", room, since: 9, epoch });
      for (const type of ["reset", "joined"]) await live.hear(type);
      await ada.tell(room, "six");
      assert.equal((await live.hear("event")).seq, 6);

      for (const position of [{ last, lastAt }, { last }, { lastAt }, {}]) {
        const peer = await enter(target, room, { join: { since: 3, epoch, ...position } });
        assert.deepEqual(
          (await peer.hearAll("event", 3)).map(({ seq }) => seq),
          [4, 5, 6],
        );
      }
    });

    it("J5 P4 what waits in an outbox is sent after a reset as ever", async () => {
      const { room, ada } = await filled(target, 2);
      const peer = await arrive(target);
      const { epoch } = ada.joined;
      peer.say({ type: "join", room, since: 9, epoch }, { type: "send", room, id: "a", text: "hi" });
      for (const type of ["reset", "joined"]) await peer.hear(type);
      assert.equal((await peer.hear("event")).seq, 3);
    });

    it("J7 joined has the id and time of the event at the head, to come back with", async () => {
      const { room, events } = await filled(target, 3);
      const { epoch, head, last, lastAt } = (await enter(target, room)).joined;
      assert.deepEqual({ last, lastAt }, { last: events[2]!.id, lastAt: events[2]!.at });
      const back = await enter(target, room, { join: { since: head, epoch, last, lastAt } });
      await back.hearsNothing();
    });

    it("J8 a second join begins anew: after its joined, nothing of the earlier one comes", async () => {
      const { room, ada, events } = await filled(target, 250);
      const { epoch } = ada.joined;
      const peer = await arrive(target);
      peer.say({ type: "join", room, since: 0 });
      await peer.hear("joined");
      peer.say({ type: "join", room, since: 200, epoch }, { type: "join", room });
      // Events of the first may come up to the second's answer, and so on.
      const afterJoined: Heard[][] = [];
      while (afterJoined.length < 2) {
        const frame = JSON.parse(await peer.raw.next()) as Heard;
        if (frame.type === "joined") afterJoined.push([]);
        else if (frame.type === "event") afterJoined.at(-1)?.push(frame);
      }
      assert.deepEqual(afterJoined[0], events.slice(200, 200 + afterJoined[0]!.length));
      await ada.tell(room, "live");
      assert.equal((await peer.hear("event")).seq, 251);
      await peer.hearsNothing();
      await peer.join(room, { since: 240, epoch });
      assert.deepEqual((await peer.hearAll("event", 11)).map(({ seq }) => seq)[10], 251);
      await peer.hearsNothing();
    });

    it("J8 R5 a second join that is refused leaves the first one as it was", async () => {
      const { room, ada } = await filled(target, 2);
      const peer = await enter(target, room);
      peer.say({ type: "join", room, since: 1 });
      await peer.refused("bad_position");
      await ada.tell(room, "still there?");
      assert.equal((await peer.hear("event")).seq, 3);
    });

    it("J9 P5 who is cut off again and again sees each event once, in order", async () => {
      const room = newRoom();
      const session = newSession();
      const ada = await enter(target, room);
      const { epoch } = ada.joined;
      const seen: number[] = [];
      let position: { since: number; epoch: string; last?: string } = { since: 0, epoch };
      for (let round = 0; round < 10; round++) {
        const reader = await connect(target);
        await reader.hello({ session });
        await reader.join(room, position);
        for (let count = 0; count < 10; count++) {
          ada.say({ type: "send", room, id: newId(), text: "on and on" });
        }
        for (const { seq, id } of await reader.hearAll("event", 7)) {
          seen.push(seq);
          position = { since: seq, epoch, last: id };
        }
        reader.raw.vanish();
      }
      await ada.hearAll("event", 100);
      const last = await enter(target, room, { session, join: position });
      seen.push(...(await last.hearAll("event", 30)).map(({ seq }) => seq));
      assert.deepEqual(
        seen,
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
    });

    it("J10 first is the lowest seq kept, and head + 1 where there is none; epoch is of 1 to 64 characters", async () => {
      const { room } = await filled(target, 2);
      const { first, epoch } = (await enter(target, room)).joined;
      assert.equal(first, 1);
      assert.ok(epoch.length >= 1 && epoch.length <= 64);
      const empty = (await enter(target, newRoom())).joined;
      assert.equal(empty.first, empty.head + 1);
    });
  });
}
