import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EventFrame, memoryStorage } from "@natter/client";
import { CLOSE_CODES, closeAction } from "@natter/protocol";
import { BOB, event, joined, ME, Script, sends, stateOf, turn } from "./support/scripted.ts";

describe("the connection of a client", () => {
  it("H6 I1 says hello with a session that is stored, joins at once, and sends when it is in", async () => {
    const storage = memoryStorage();
    await using script = new Script({ storage });
    const lobby = script.chat.room("lobby");
    lobby.post("hi");
    await turn();
    script.line.open();
    const [hello, join, ...rest] = script.line.take();
    assert.ok(hello?.type === "hello");
    assert.equal(await storage.session("another"), hello.session);
    assert.deepEqual(join, { type: "join", room: "lobby" });
    assert.deepEqual(rest, []);
    const limits = { textBytes: 8_192, frameBytes: 65_536, messagesPerSecond: 0, burst: 0 };
    script.line.say({ type: "welcome", you: ME, session: "", connection: 1, limits, heartbeatMs: 25_000 });
    assert.deepEqual(script.line.take(), []);
    script.line.say(joined());
    assert.deepEqual(
      sends(script.line.take()).map(({ text }) => text),
      ["hi"],
    );
  });

  it("starts all the same where the storage is of no use, and says so", async () => {
    const storage = { ...memoryStorage(), session: () => Promise.reject(new Error("no")) };
    await using script = new Script({ storage });
    const codes: string[] = [];
    script.chat.on("error", ({ code }) => codes.push(code));
    await script.greet();
    assert.equal(script.chat.state.kind, "live");
    assert.deepEqual(new Set(codes), new Set(["storage_failed"]));
  });

  it("X5 M5 comes back after codes that say retry, later each time, and not before the server asked", async () => {
    await using script = new Script();
    await script.greet();
    const waits: number[] = [];
    for (const code of [1006, 1001, 1011, 1005]) {
      script.line.close(code);
      const { state } = script.chat;
      assert.ok(state.kind === "waiting");
      waits.push(state.until - script.clock.now());
      const before = script.lines.length;
      await script.clock.pass(waits.at(-1)! - 1);
      assert.equal(script.lines.length, before);
      await script.clock.pass(1);
      assert.equal(script.lines.length, before + 1);
      await script.greet();
    }
    assert.deepEqual(waits, [250, 500, 1_000, 2_000]); // half of what it might be
    script.line.say({ type: "error", code: "restarting", message: "", retry: true, retryAfterMs: 9_000 });
    script.line.close(1012);
    assert.ok(script.chat.state.kind === "waiting" && script.chat.state.until - script.clock.now() > 9_000);
    script.happen("online");
    await script.greet();
    await script.clock.pass(10_000);
    script.line.close(1006);
    assert.ok(script.chat.state.kind === "waiting");
    assert.equal(script.chat.state.until - script.clock.now(), 250, "one that lasted begins anew");
  });

  it("X5 stays away after a code that says stop, until somebody comes back to the page or calls connect", async () => {
    await using script = new Script();
    await script.greet();
    script.line.close(1008);
    assert.deepEqual(script.chat.state, {
      kind: "refused",
      loss: { kind: "closed", code: 1008, reason: "" },
    });
    await script.clock.pass(3_600_000);
    script.happen("online");
    assert.equal(script.lines.length, 1);
    script.happen("visible");
    assert.equal(script.lines.length, 2);
    await script.greet();
    script.line.close(1000);
    script.chat.connect();
    assert.equal(script.lines.length, 3);
  });

  for (const code of [...Object.keys(CLOSE_CODES).map(Number), 1005, 4321]) {
    it(`X5 does after close code ${code} what its row says: ${closeAction(code)}`, async () => {
      await using script = new Script();
      const line = await script.greet();
      line.close(code);
      const { kind } = stateOf(script.chat);
      assert.equal(kind, closeAction(code) === "stop" ? "refused" : "waiting");
      await script.clock.pass(kind === "refused" ? 3_600_000 : 4_000);
      assert.equal(script.lines.length, kind === "refused" ? 1 : 2);
      if (kind === "refused") return;
      script.line.close(1006);
      script.happen("visible");
      assert.equal(stateOf(script.chat).kind, "connecting", "somebody looks: it does not wait any longer");
    });
  }

  it("is offline where the device says so, and back at once when it says otherwise", async () => {
    await using script = new Script();
    await script.greet();
    script.isOnline = false;
    script.line.close(1006);
    assert.equal(script.chat.state.kind, "offline");
    script.happen("offline");
    assert.equal(script.lines.length, 1);
    script.isOnline = true;
    script.happen("online");
    assert.equal(script.chat.state.kind, "connecting");
  });

  it("H8 pings what is silent, and takes it for dead when nothing comes", async () => {
    await using script = new Script();
    const line = await script.greet();
    line.take();
    await script.clock.pass(24_000);
    line.say({ type: "pong" });
    await script.clock.pass(24_000);
    assert.deepEqual(line.take(), []);
    await script.clock.pass(1_000);
    assert.deepEqual(line.take(), [{ type: "ping" }]);
    await script.clock.pass(9_999);
    assert.equal(stateOf(script.chat).kind, "live");
    await script.clock.pass(1);
    const state = stateOf(script.chat);
    assert.ok(state.kind === "waiting");
    assert.deepEqual(state.loss, { kind: "silent" });
    assert.ok(line.isClosed);
  });

  it("H8 asks at once after a laptop slept for an hour, and goes on where it was", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby", { since: "start" });
    const line = await script.greet();
    line.say(joined({ head: 1 }), event(1));
    await script.clock.pass(0);
    line.take();
    script.clock.sleep(3_600_000);
    await script.clock.pass(0);
    assert.deepEqual(line.take(), [{ type: "ping" }]);
    await script.clock.pass(10_000);
    await script.clock.pass(500);
    const next = await script.greet();
    assert.deepEqual(next.take()[1], {
      type: "join",
      room: "lobby",
      since: 1,
      epoch: "e",
      last: "i1",
      lastAt: 1,
    });
    next.say(joined({ head: 2 }), event(2));
    assert.equal(lobby.position?.seq, 2);
  });

  it("M1 M3 never sends more than the server's rate lets through", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const line = await script.greet({ messagesPerSecond: 10, burst: 100 });
    line.say(joined());
    let seq = 0;
    let sent = 0;
    for (let count = 0; count < 200; count++) lobby.post(`${count}`);
    for (let second = 0; second < 10; second++) {
      for (let turns = 0; turns < 20; turns++) {
        for (const { id, text } of sends(line.take())) {
          sent++;
          line.say(event(++seq, { id, text, from: ME }));
        }
      }
      assert.ok(sent <= 50 + second * 10, `${sent} after ${second} s`);
      await script.clock.pass(1_000);
    }
    assert.ok(sent >= 130);
  });

  it("leaves no timer and no watcher behind when it is closed", async () => {
    const script = new Script({ storage: { ...memoryStorage(), isShared: true } });
    const lobby = script.chat.room("lobby");
    const sending = lobby.send("hi");
    await script.greet();
    script.line.say(joined(), { type: "typing", room: "lobby", from: BOB });
    const seen: EventFrame[] = [];
    const loop = (async () => {
      for await (const each of lobby) seen.push(each);
    })();
    await turn();
    await script.chat.close();
    await assert.rejects(sending, { code: "closed" });
    await loop;
    assert.equal(script.clock.pending, 0);
    assert.equal(script.watchers, 0);
    assert.ok(script.line.isClosed);
  });
});
