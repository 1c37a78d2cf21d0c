import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type EventFrame, memoryStorage, Timeline } from "@natter/client";
import type { SendFrame } from "@natter/protocol";
import { BOB, event, joined, ME, Script, turn } from "./support/scripted.ts";

/** The state now: what was said of it before no longer holds. */
function stateOf<State>({ state }: { readonly state: State }): State {
  return state;
}

function sends(frames: readonly { type: string }[]): SendFrame[] {
  return frames.filter((frame): frame is SendFrame => frame.type === "send");
}

function refuse(ref: string, code: string, retryAfterMs?: number) {
  const retry = !code.startsWith("text_");
  return { type: "error", code, message: code, retry, retryAfterMs, ref, room: "lobby" } as const;
}

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

  it("T3 T4 T5 knows who is there, or how many, and who types, until they say it or 6 s are over", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    const line = await script.greet();
    line.say(joined());
    await script.clock.pass(0);
    line.say({ type: "presence", room: "lobby", joined: [BOB], count: 2 });
    assert.deepEqual(lobby.people, { count: 2, list: [ME, BOB] });
    line.say({ type: "presence", room: "lobby", left: [BOB.id], count: 1 });
    assert.deepEqual(lobby.people, { count: 1, list: [ME] });
    line.say({ type: "presence", room: "lobby", count: 101 });
    assert.deepEqual(lobby.people, { count: 101, list: undefined });
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

describe("a timeline", () => {
  const texts = (timeline: Timeline) =>
    timeline.items.map((item) => (item.kind === "event" ? item.event.text : `${item.message.text}…`));

  it("has what came, what was before on demand, and what is pending; and begins anew when told (J6)", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    using timeline = new Timeline(lobby, { pageSize: 2 });
    let changes = 0;
    timeline.on("change", () => changes++);
    const loading = timeline.loadOlder();
    const line = await script.greet();
    line.take();
    line.say(joined({ head: 4 }));
    await script.clock.pass(0);
    line.say(event(5));
    const [history] = line.take();
    assert.ok(history?.type === "history" && history.before === 5 && history.limit === 2);
    line.say({ type: "page", room: "lobby", ref: history.ref, events: [event(3), event(4)], more: true });
    assert.equal(await loading, true);
    const mine = lobby.post("mine");
    assert.deepEqual(texts(timeline), ["3", "4", "5", "mine…"]);
    line.take();
    line.say(event(6, { id: mine.id, from: ME, text: "mine" }));
    assert.deepEqual(texts(timeline), ["3", "4", "5", "mine"]);
    await turn();
    const before = changes;
    line.say(event(7), event(8), event(9));
    await turn();
    assert.equal(changes, before + 1, "once a turn");
    lobby.post("waits");
    line.take();
    line.say({ type: "reset", room: "lobby", epoch: "f", head: 2 });
    assert.deepEqual(texts(timeline), ["waits…"]);
    line.say(joined({ epoch: "f", head: 2 }));
    await script.clock.pass(0);
    const again = line.take().find((frame) => frame.type === "history");
    assert.ok(again?.type === "history" && again.before === 3);
    line.say({ type: "page", room: "lobby", ref: again.ref, events: [event(1), event(2)], more: false });
    await turn();
    assert.deepEqual(texts(timeline), ["1", "2", "waits…"]);
    assert.equal(await timeline.loadOlder(), false);
  });
});

describe("recorded frames of servers", () => {
  type Vector = { name: string; json?: string; parts?: [string, number][] };
  const url = new URL("../../packages/protocol/vectors/server-frames.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(url, "utf8")) as Vector[];

  for (const { name, json, parts = [] } of vectors) {
    it(`F4 F5 do not break a client, whenever they come: ${name}`, async () => {
      const message = json ?? parts.map(([text, times]) => text.repeat(times)).join("");
      await using script = new Script();
      const lobby = script.chat.room("lobby", { since: "start" });
      using _timeline = new Timeline(lobby);
      const sending = lobby.send("hi");
      await turn();
      script.line.open();
      script.line.say(message);
      script.chat.connect();
      await turn();
      if (script.chat.state.kind !== "live") await script.greet();
      script.line.say(message, joined(), message);
      await script.clock.pass(0);
      script.line.say(message);
      await script.clock.pass(0);
      // Whatever it made of that: on a new connection to a sound server all is well.
      script.line.close(1006);
      script.chat.connect();
      const line = await script.greet();
      if (lobby.state.kind !== "joining") script.chat.room("lobby", { since: "start" });
      line.say({ type: "reset", room: "lobby", epoch: "sound", head: 0 }, joined({ epoch: "sound" }));
      await script.clock.pass(0);
      const send = sends(line.take()).at(-1);
      if (send !== undefined) line.say(event(1, { id: send.id, from: ME, text: "hi" }));
      assert.equal((await sending).text, "hi");
    });
  }
});
