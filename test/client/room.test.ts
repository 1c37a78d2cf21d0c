import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BOB, event, joined, ME, Script, stateOf } from "./support/scripted.ts";

describe("a room of a client", () => {
  it("P5 gives whoever awaits join the events that came in the same turn", async () => {
    await using script = new Script();
    const joining = script.chat.join("lobby", { since: "start" });
    const line = await script.greet();
    line.say(joined({ head: 2 }), event(1), event(2));
    const lobby = await joining;
    const heard: number[] = [];
    lobby.on("event", ({ seq }) => heard.push(seq));
    await script.clock.pass(0);
    assert.deepEqual(heard, [1, 2]);
  });

  it("J8 J9 joins again at a gap, once at a time, and takes what comes between as acknowledgement only", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby", { since: "start" });
    const heard: number[] = [];
    lobby.on("event", ({ seq }) => heard.push(seq));
    const line = await script.greet();
    line.say(joined({ head: 1 }), event(1));
    await script.clock.pass(0);
    const message = lobby.post("mine");
    line.take();
    line.say(event(3), event(4));
    assert.deepEqual(line.take(), [
      { type: "join", room: "lobby", since: 1, epoch: "e", last: "i1", lastAt: 1 },
    ]);
    line.say(event(5, { id: message.id, from: ME, text: "mine" }));
    assert.equal(message.state.kind, "durable");
    line.say(
      joined({ head: 5 }),
      event(2),
      event(3),
      event(4),
      event(5, { id: message.id, from: ME, text: "mine" }),
    );
    assert.deepEqual(heard, [1, 2, 3, 4, 5]);
    assert.deepEqual(line.take(), []);
  });

  it("J9 does not ask as fast as a server answers that always leaves the same event out", async () => {
    await using script = new Script();
    script.chat.room("lobby", { since: "start" });
    const line = await script.greet();
    line.say(joined({ head: 2 }));
    await script.clock.pass(0);
    line.take();
    let joins = 0;
    for (let round = 0; round < 100; round++) {
      line.say(event(2));
      const asked = line.take().length;
      joins += asked;
      if (asked > 0) line.say(joined({ head: 2 }));
      await script.clock.pass(100);
    }
    assert.ok(joins >= 2 && joins < 10, `${joins} joins`);
  });

  it("F4 moves on over kinds and frames that it does not know", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby", { since: "start" });
    const heard: number[] = [];
    lobby.on("event", ({ seq }) => heard.push(seq));
    const line = await script.greet();
    line.say(joined({ head: 3 }), event(1));
    line.say(
      '{"type":"event","kind":"poll","room":"lobby","seq":2,"question":{}}',
      '{"type":"news"}',
      event(3),
    );
    await script.clock.pass(0);
    assert.deepEqual(heard, [1, 3]);
  });

  it("F4 E2 J7 comes back with the id and the time of the last event, of whatever kind", async () => {
    await using script = new Script();
    script.chat.room("lobby", { since: "start" });
    const line = await script.greet();
    const kind = "poll" as "message"; // of a newer server
    line.say(joined({ head: 1 }), { ...event(1), kind });
    await script.clock.pass(0);
    line.close(1006);
    script.chat.connect();
    const [, join] = (await script.greet()).take();
    assert.deepEqual(join, { type: "join", room: "lobby", since: 1, epoch: "e", last: "i1", lastAt: 1 });
  });

  it("A2 A4 does not show what only acknowledges, nor settles by somebody else's event of the same id", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const heard: number[] = [];
    lobby.on("event", ({ seq }) => heard.push(seq));
    const line = await script.greet();
    line.say(joined());
    await script.clock.pass(0);
    const message = lobby.post("mine");
    line.say(event(1, { id: message.id }));
    assert.equal(stateOf(message).kind, "sent");
    line.say(event(9, { id: message.id, from: ME, again: true, trimmed: true, text: "" }));
    assert.ok(message.state.kind === "durable" && message.state.event.seq === 9);
    assert.deepEqual(heard, [1]);
  });

  it("T3 T4 T5 T7 knows who is there, or how many, whether it can be told, and who types, until they say it or 6 s are over", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const line = await script.greet();
    line.say(joined());
    await script.clock.pass(0);
    line.say({ type: "presence", room: "lobby", joined: [BOB], count: 2 });
    assert.deepEqual(lobby.people, { count: 2, list: [ME, BOB], partial: undefined });
    line.say({ type: "presence", room: "lobby", left: [BOB.id], count: 1 });
    assert.deepEqual(lobby.people, { count: 1, list: [ME], partial: undefined });
    line.say({ type: "presence", room: "lobby", list: [ME, BOB], count: 2, partial: true });
    assert.deepEqual(lobby.people, { count: 2, list: [ME, BOB], partial: true });
    line.say({ type: "presence", room: "lobby", count: 101 });
    assert.deepEqual(lobby.people, { count: 101, list: undefined, partial: undefined });
    line.say({ type: "typing", room: "lobby", from: ME }, { type: "typing", room: "lobby", from: BOB });
    assert.deepEqual(lobby.typing, [BOB]);
    await script.clock.pass(6_000);
    assert.deepEqual(lobby.typing, []);
    line.take();
    lobby.type();
    lobby.type();
    assert.deepEqual(line.take(), [{ type: "typing", room: "lobby" }]);
  });

  it("D1 D2 counts what is unread, those on their way with it, and moves the read position one at a time", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const line = await script.greet();
    line.say(joined({ head: 5, read: 3, unread: 2 }));
    await script.clock.pass(0);
    line.say(event(6), event(7));
    assert.deepEqual(lobby.read, { seq: 3, unread: 4 });
    line.take();
    lobby.markRead(6);
    lobby.markRead();
    assert.deepEqual(line.take(), [{ type: "read", room: "lobby", seq: 6 }]);
    // Counted by the server when 8 was stored already, though it comes later.
    line.say({ type: "read", room: "lobby", seq: 6, unread: 2 }, event(8));
    assert.deepEqual(lobby.read, { seq: 6, unread: 2 });
    assert.deepEqual(line.take(), [{ type: "read", room: "lobby", seq: 7 }]);
  });

  it("F8 R1 is refused where its name is none, by an error that has nothing but the room to say which frame it was", async () => {
    await using script = new Script();
    const joining = script.chat.join("Lobby");
    const line = await script.greet();
    line.say({ type: "error", code: "bad_room", message: "", retry: false, room: "Lobby" });
    await assert.rejects(joining, { code: "bad_room" });
  });

  it("is refused for good where the server says so, and what was to be said in it with it", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const message = lobby.post("hi");
    const joining = lobby.history();
    const line = await script.greet();
    line.say({ type: "error", code: "too_many_rooms", message: "", retry: false, room: "lobby" });
    assert.ok(lobby.state.kind === "refused" && lobby.state.error.code === "too_many_rooms");
    assert.ok(message.state.kind === "failed" && !message.state.maybeStored);
    await assert.rejects(joining, { code: "too_many_rooms" });
  });
});
