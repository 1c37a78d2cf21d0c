import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryStorage } from "@natter/client";
import { event, joined, ME, Script, sends, stateOf } from "./support/scripted.ts";

function refuse(ref: string, code: string, retryAfterMs?: number) {
  const retry = !code.startsWith("text_");
  return { type: "error", code, message: code, retry, retryAfterMs, ref, room: "lobby" } as const;
}

describe("the outbox of a client", () => {
  async function inLobby(script: Script) {
    const lobby = script.chat.room("lobby");
    const line = await script.greet();
    line.say(joined());
    await script.clock.pass(0);
    line.take();
    return { lobby, line };
  }

  it("S4 has 64 on their way at most", async () => {
    await using script = new Script();
    const { lobby, line } = await inLobby(script);
    for (let count = 0; count < 100; count++) lobby.post(`${count}`);
    const first = sends(line.take());
    assert.equal(first.length, 64);
    line.say(event(1, { id: first[0]!.id, from: ME }));
    assert.deepEqual(
      sends(line.take()).map(({ text }) => text),
      ["64"],
    );
  });

  it("S5 S7 sends all again from the refused one on, and skips what came by another way before anything new", async () => {
    await using script = new Script();
    const { lobby, line } = await inLobby(script);
    const [one, two, three] = ["one", "two", "three"].map((text) => lobby.post(text)) as [
      ReturnType<typeof lobby.post>,
      ReturnType<typeof lobby.post>,
      ReturnType<typeof lobby.post>,
    ];
    line.take();
    line.say(refuse(one.id, "busy", 1_000), refuse(two.id, "held"), refuse(three.id, "held"));
    assert.deepEqual(line.take(), []);
    await script.clock.pass(1_000);
    assert.deepEqual(
      sends(line.take()).map(({ id }) => id),
      [one.id, two.id, three.id],
    );
    // It was stored all the same, and its event comes before the refusal of its second try.
    line.say(event(1, { id: one.id, from: ME }), refuse(one.id, "unavailable"));
    const frames = line.take();
    assert.deepEqual(frames[0], { type: "skip", room: "lobby", id: one.id });
    lobby.post("new");
    assert.deepEqual(
      sends([...frames, ...line.take()]).map(({ text }) => text),
      ["two", "three", "new"],
    );
  });

  it("S6 goes on without one that is refused for good, which can be sent again or put away", async () => {
    await using script = new Script();
    const { lobby, line } = await inLobby(script);
    const bad = lobby.post("\u0001");
    const good = lobby.post("good");
    line.take();
    line.say(refuse(bad.id, "text_malformed"), event(1, { id: good.id, from: ME }));
    assert.equal(good.state.kind, "durable");
    assert.ok(
      bad.state.kind === "failed" && bad.state.error.code === "text_malformed" && !bad.state.maybeStored,
    );
    await assert.rejects(bad.durable(), { code: "text_malformed" });
    bad.sendAgain();
    assert.deepEqual(
      sends(line.take()).map(({ id }) => id),
      [bad.id],
    );
    line.say(refuse(bad.id, "text_malformed"));
    bad.discard();
    assert.deepEqual(lobby.messages, []);
    assert.throws(() => bad.sendAgain(), { code: "not_failed" });
  });

  it("X3 takes a code it does not know by its retry alone, and gives up after five internal errors", async () => {
    await using script = new Script();
    const { lobby, line } = await inLobby(script);
    const message = lobby.post("hi");
    line.take();
    line.say(refuse(message.id, "moon_phase"));
    assert.ok(message.state.kind === "waiting" && message.state.refusal?.code === "moon_phase");
    for (let tries = 0; tries < 5; tries++) {
      await script.clock.pass(15_000);
      line.say({ type: "pong" }); // alive
      assert.equal(sends(line.take()).length, 1);
      line.say(refuse(message.id, "internal"));
    }
    const state = stateOf(message);
    assert.ok(state.kind === "failed" && state.maybeStored);
    assert.deepEqual(line.take().at(-1), { type: "skip", room: "lobby", id: message.id });
  });

  it("X4 goes by an error's code, whatever its message says", async () => {
    await using script = new Script();
    const { lobby, line } = await inLobby(script);
    const [one, two] = [lobby.post("one"), lobby.post("two")];
    const common = { type: "error", retry: true, room: "lobby" } as const;
    line.say({ ...common, code: "busy", message: "unavailable: it may be stored", ref: one.id });
    assert.ok(one.state.kind === "waiting" && !one.state.maybeStored);
    await script.clock.pass(1_000);
    line.say({ ...common, code: "unavailable", message: "busy: it is not stored", ref: two.id });
    assert.ok(two.state.kind === "waiting" && two.state.maybeStored);
  });

  it("takes back what was certainly never stored, and nothing else", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const early = lobby.post("early");
    await early.takeBack();
    assert.equal(early.state.kind, "taken back");
    await assert.rejects(early.durable(), { code: "taken_back" });
    const line = await script.greet();
    line.say(joined());
    const sent = lobby.post("sent");
    await assert.rejects(sent.takeBack(), { code: "outcome_unknown" });
    line.close(1006);
    assert.ok(sent.state.kind === "waiting" && sent.state.maybeStored);
    await assert.rejects(sent.takeBack(), { code: "outcome_unknown" });
    sent.giveUp();
    const state = stateOf(sent);
    assert.ok(state.kind === "failed" && state.maybeStored);
  });

  it("P6 keeps what was said even where it is closed before the storage has told who the person is", async () => {
    const storage = memoryStorage();
    const told = Promise.withResolvers<void>();
    const session = async (made: string) => {
      await told.promise;
      return await storage.session(made);
    };
    const script = new Script({ storage: { ...storage, session } });
    const { id } = script.chat.room("lobby").post("hi");
    const closing = script.chat.close();
    told.resolve();
    await closing;
    assert.deepEqual(
      (await storage.records()).map((record) => record.id),
      [id],
    );
    assert.equal(script.lines.length, 0);
  });

  it("S3 refuses at once what is too long, empty, or one too many", async () => {
    await using script = new Script({ maxWaiting: 2 });
    const lobby = script.chat.room("lobby");
    assert.throws(() => lobby.post("ä".repeat(4_097)), { code: "text_too_long" });
    assert.throws(() => lobby.post(" \n"), { code: "text_empty" });
    lobby.post("one");
    lobby.post("two");
    assert.throws(() => lobby.post("three"), { code: "outbox_full" });
    await assert.rejects(lobby.send("three"), { code: "outbox_full" });
  });
});
