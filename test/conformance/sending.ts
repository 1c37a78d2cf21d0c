import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, enter, newId, newRoom, newSession, type Peer, type Target } from "./peer.ts";

export function sending(target: Target): void {
  const send = (room: string, id: string, text = id): object => ({ type: "send", room, id, text });

  /** A connection with a send refused for want of a join, which then joined: the id `a` is waited for. */
  async function withHold(room: string, session = newSession()): Promise<Peer> {
    const peer = await arrive(target, { session });
    peer.say(send(room, "a"), { type: "join", room });
    const { ref, retry } = await peer.refused("not_joined");
    assert.deepEqual([ref, retry], ["a", true]);
    await peer.hear("joined");
    return peer;
  }

  async function held(peer: Peer, room: string, id: string): Promise<void> {
    peer.say(send(room, id));
    const { ref, retry, room: where } = await peer.refused("held");
    assert.deepEqual([ref, retry, where], [id, true, room]);
  }

  describe("Sending", { concurrency: true }, () => {
    it("S1 a send needs the connection in the room, whatever the person's others are in", async () => {
      const [room, session] = [newRoom(), newSession()];
      const there = await enter(target, room, { session });
      const here = await arrive(target, { session });
      here.say(send(room, "a"));
      await here.refused("not_joined");
      await there.hearsNothing();
    });

    it("S2 an id is 1 to 64 of A-Z a-z 0-9 _ -, and comes back in the event", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (const id of ["0", "-", "_", "Az09-_", "x".repeat(64)]) await peer.tell(room, "hi", id);
      for (const id of ["", "x".repeat(65), "a b", "é", "a.b", "a\n"]) {
        peer.say(send(room, id, "hi"));
        assert.equal((await peer.refused("bad_id")).retry, false);
      }
    });

    it("S3 a text within its limit is stored as it came, and another refused for good", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const { textBytes } = peer.welcome.limits;
      const good = [
        " a ",
        "\t\n.",
        "x".repeat(textBytes),
        "é".repeat(textBytes / 2),
        "😀".repeat(textBytes / 4),
      ];
      for (const text of good) assert.equal((await peer.tell(room, text)).text, text);
      const bad = [
        ["x".repeat(textBytes + 1), "text_too_long"],
        ["€".repeat(Math.ceil((textBytes + 1) / 3)), "text_too_long"],
        ...["", " ", "\t\n\u00a0\u2003\ufeff"].map((text) => [text, "text_empty"] as const),
        ...["a\u0000", "a\u001b[2J", "a\r\n", "a\u000b"].map((text) => [text, "text_malformed"] as const),
      ] as const;
      for (const [text, code] of bad) {
        peer.say(send(room, "bad", text));
        const { ref, retry, room: where } = await peer.refused(code);
        assert.deepEqual([ref, retry, where], ["bad", false, room]);
      }
      peer.raw.send(`{"type":"send","room":"${room}","id":"bad","text":"\\ud800"}`);
      await peer.refused("text_malformed");
      // Nothing of it was stored, nor does anything wait for it (S6).
      assert.equal((await peer.tell(room, "good again")).seq, good.length + 1);
    });

    it("S4 P4 sends that are pipelined are stored in the order in which they came", async () => {
      const [room, other] = [newRoom(), newRoom()];
      const peer = await enter(target, room);
      await peer.join(other);
      const ids = Array.from({ length: 64 }, (_, index) => `${index}`);
      peer.say(...ids.flatMap((id) => [send(room, id), send(other, id)]));
      const heard = await peer.hearAll("event", 128);
      for (const name of [room, other]) {
        const own = heard.filter((event) => event.room === name);
        assert.deepEqual(
          own.map(({ id, seq }) => [id, seq]),
          ids.map((id, index) => [id, index + 1]),
        );
      }
    });

    it("S5 P4 behind a send that may come again later ones are held, until it comes and is stored", async () => {
      const room = newRoom();
      const peer = await withHold(room);
      // A held one never becomes the one waited for.
      for (const id of ["b", "c", "b"]) await held(peer, room, id);
      peer.say(send(room, "a"), send(room, "b"), send(room, "c"));
      const events = await peer.hearAll("event", 3);
      assert.deepEqual(
        events.map(({ id, seq }) => [id, seq]),
        [
          ["a", 1],
          ["b", 2],
          ["c", 3],
        ],
      );
    });

    it("S5 holding is of one room and one connection", async () => {
      const [room, other, session] = [newRoom(), newRoom(), newSession()];
      const peer = await withHold(room, session);
      await peer.join(other);
      assert.equal((await peer.tell(other, "elsewhere")).seq, 1);
      const tab = await enter(target, room, { session });
      assert.equal((await tab.tell(room, "from another tab")).seq, 1);
      await peer.hear("event");
      await held(peer, room, "b");
    });

    it("S5 what is waited for may be refused for good when it comes again, and holds no more", async () => {
      const room = newRoom();
      const peer = await withHold(room);
      peer.say(send(room, "a", " "));
      await peer.refused("text_empty");
      assert.equal((await peer.tell(room, "on we go", "b")).seq, 1);
    });

    it("S5 a broken frame of another type with the same ref lets nothing pass", async () => {
      const room = newRoom();
      const peer = await withHold(room);
      peer.say({ type: "history", room, limit: 0, ref: "a" });
      await peer.refused("bad_limit");
      await held(peer, room, "b");
    });

    it("S6 a send that is refused for good holds nothing", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      peer.say(send(room, "a", ""), send(room, "b"));
      assert.equal((await peer.refused("text_empty")).ref, "a");
      assert.equal((await peer.hear("event")).id, "b");
    });

    it("S7 skip gives up what is waited for; of anything else it changes nothing", async () => {
      const room = newRoom();
      const peer = await withHold(room);
      await held(peer, room, "b");
      peer.say(...["b", "z"].map((id) => ({ type: "skip", room, id })));
      peer.say({ type: "skip", room: newRoom(), id: "a" });
      await held(peer, room, "b");
      peer.say({ type: "skip", room, id: "a" }, send(room, "b"));
      assert.equal((await peer.hear("event")).id, "b");
      // It takes nothing back, and what was skipped may be sent all the same.
      peer.say({ type: "skip", room, id: "b" }, send(room, "a"), send(room, "b"));
      assert.equal((await peer.hear("event")).seq, 2);
      const { seq, again } = await peer.hear("event");
      assert.deepEqual([seq, again], [1, true]);
    });

    it("S7 a send that is stored elsewhere meanwhile still holds here, until it comes again", async () => {
      const [room, session] = [newRoom(), newSession()];
      const peer = await withHold(room, session);
      const tab = await enter(target, room, { session });
      await tab.tell(room, "a", "a");
      await peer.hear("event");
      await held(peer, room, "b");
      peer.say(send(room, "a"), send(room, "b"));
      // What is for everybody may come before what only acknowledges.
      const events = (await peer.hearAll("event", 2)).sort((one, two) => one.seq - two.seq);
      assert.deepEqual(
        events.map(({ seq, again }) => [seq, again]),
        [
          [1, true],
          [2, undefined],
        ],
      );
    });

    it("S8 P6 holding ends with the connection, and the same ids in order are stored once each", async () => {
      const [room, session] = [newRoom(), newSession()];
      const first = await withHold(room, session);
      await held(first, room, "b");
      first.raw.vanish();
      const second = await enter(target, room, { session });
      second.say(send(room, "a"), send(room, "b"));
      assert.deepEqual(
        (await second.hearAll("event", 2)).map(({ id }) => id),
        ["a", "b"],
      );
      // Cut off with sends on their way, of which nobody knows what became.
      const ids = Array.from({ length: 30 }, newId);
      second.say(...ids.map((id) => send(room, id)));
      await second.hear("event");
      second.raw.vanish();
      const third = await enter(target, room, { session, join: { since: 0 } });
      third.say(...ids.map((id) => send(room, id)));
      const seqs = new Map<string, number>();
      for (let settled = 0; settled < ids.length; ) {
        const { id, seq } = await third.hear("event");
        if (ids.includes(id) && !seqs.has(id)) settled++;
        assert.equal(seqs.get(id) ?? seq, seq);
        seqs.set(id, seq);
      }
      assert.deepEqual(
        [...seqs.values()].sort((a, b) => a - b),
        Array.from({ length: 32 }, (_, at) => at + 1),
      );
      assert.deepEqual(
        ids.map((id) => seqs.get(id)),
        ids.map((_, at) => at + 3),
      );
    });

    it("S9 a connection with a refused send in more than 100 rooms is closed with 1008", async () => {
      const peer = await arrive(target);
      for (let count = 0; count < 100; count++) peer.say(send(newRoom(), "a"));
      for (let count = 0; count < 100; count++) await peer.refused("not_joined");
      await peer.hearsNothing();
      peer.say(send(newRoom(), "a"));
      assert.equal((await peer.closing()).code, 1008);
    });
  });
}
