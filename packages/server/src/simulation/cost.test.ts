// What a message costs the chat, counted rather than timed: the same, however many get it.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { SUBPROTOCOL } from "@natter/protocol";
import { createMemoryStore } from "../store/memory.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeServer } from "./fake-server.ts";
import { Random } from "./random.ts";

const MESSAGES = 20;
/** All has arrived by then, but nobody's presence is due. */
const A_WHILE_MS = 300;

/** What is encoded, and how often the store is asked, for so many messages at once to a room of so many. */
async function costOf(t: TestContext, members: number, plain: number) {
  const clock = new FakeClock();
  const store = createMemoryStore();
  const append = t.mock.method(store, "append");
  const read = t.mock.method(store, "read");
  const server = new FakeServer(store, clock, new Random(1));
  let heard = 0;
  const peer = {
    receive: (text: string) => {
      if (text.startsWith('{"type":"event"') || text.startsWith("Client (")) heard++;
    },
    closed: () => assert.fail("somebody was cut off"),
  };
  const all = Array.from({ length: members }, () => {
    const connection = server.connect(SUBPROTOCOL, peer);
    connection.fromClient(`{"type":"hello","name":"Ada"}`);
    connection.fromClient(`{"type":"join","room":"lobby"}`);
    return connection;
  });
  for (let count = 0; count < plain; count++) server.connect("", peer);
  await clock.pass(20_000);
  append.mock.resetCalls();
  read.mock.resetCalls();
  const encode = t.mock.method(JSON, "stringify");
  for (let count = 0; count < MESSAGES; count++) {
    all[0]!.fromClient(`{"type":"send","room":"lobby","id":"${count}","text":"hi"}`);
  }
  await clock.pass(A_WHILE_MS);
  const encoded = encode.mock.callCount();
  encode.mock.restore();
  assert.equal(heard, MESSAGES * (members + plain));
  return { encoded, appends: append.mock.callCount(), reads: read.mock.callCount() };
}

/** How often the store is asked for somebody new in a room that is open already. */
async function questionsOfAJoin(t: TestContext): Promise<Record<string, number>> {
  const clock = new FakeClock();
  const store = createMemoryStore();
  const server = new FakeServer(store, clock, new Random(1));
  const peer = { receive: () => {}, closed: () => assert.fail("somebody was cut off") };
  const join = async (): Promise<void> => {
    const connection = server.connect(SUBPROTOCOL, peer);
    connection.fromClient(`{"type":"hello","name":"Ada"}`);
    connection.fromClient(`{"type":"join","room":"lobby"}`);
    await clock.pass(A_WHILE_MS);
  };
  await join();
  const asked = (["joinRoom", "head", "heads", "read", "rooms"] as const).map((name) => ({
    name,
    mock: t.mock.method(store, name).mock,
  }));
  await join();
  return Object.fromEntries(asked.map(({ name, mock }) => [name, mock.callCount()]));
}

describe("what a join costs", () => {
  it("the store is asked once", async (t) => {
    assert.deepEqual(await questionsOfAJoin(t), { joinRoom: 1, head: 0, heads: 0, read: 0, rooms: 0 });
  });
});

describe("what a message costs", () => {
  it("it is encoded once for the whole room, and nobody's getting it asks the store", async (t) => {
    const few = await costOf(t, 2, 1);
    assert.ok(few.encoded <= MESSAGES, `${few.encoded} times for ${MESSAGES} messages`);
    assert.ok(few.appends <= MESSAGES);
    assert.equal(few.reads, 0);
    const many = await costOf(t, 60, 30);
    assert.deepEqual([many.encoded, many.reads], [few.encoded, few.reads]);
    assert.ok(many.appends <= MESSAGES);
  });
});
