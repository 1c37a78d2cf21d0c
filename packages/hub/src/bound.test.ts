// What waits for all is counted, and that count decides who may stay: what is no longer waiting must not be in it.

import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { BINARY, RawClient } from "../../../test/support/raw-client.ts";
import type { Client, HubOptions } from "./index.ts";
import { openHub, TLS, turn, until } from "./testing/hub.ts";

/** Nobody looks at the clients now and then, so the count has to be right by itself; and what is said is written at once. */
const ALONE = {
  maxWindowMs: 0,
  pingIntervalMs: 0,
  stalledTimeoutMs: 0,
  idleTimeoutMs: 0,
  messageTimeoutMs: 0,
};
const MEMBERS = 50;

async function openTls(t: TestContext, options: HubOptions = {}) {
  const { hub, port } = await openHub(t, { ...ALONE, tls: TLS, ...options });
  const open = () => connectTls({ port, host: "127.0.0.1", ca: TLS.cert, servername: "localhost" });
  const connect = async (count: number): Promise<RawClient[]> => {
    const people: RawClient[] = [];
    while (people.length < count) people.push(await RawClient.connect(port, { open }));
    t.after(() => people.forEach(({ socket }) => void socket.destroy()));
    return people;
  };
  return { hub, connect };
}

suite("what waits in all", () => {
  for (const [what, bytes] of [
    ["short messages", 100],
    ["long ones", 100_000],
  ] as const) {
    test(`is nothing once ${MEMBERS} healthy TLS clients have taken ${what}`, async (t) => {
      const { hub, connect } = await openTls(t);
      const people = await connect(MEMBERS);
      const message = Buffer.alloc(bytes);
      for (const messages of [1, 2]) {
        for (let count = 0; count < messages; count++) hub.broadcast(message);
        await turn();
        assert.ok(hub.waitingBytes >= bytes, "TLS takes nothing at once");
        for (const raw of people) for (let count = 0; count < messages; count++) await raw.nextFrame(BINARY);
        await until(() => hub.waitingBytes === 0, "everything to be taken");
      }
    });
  }

  test(`is not held against ${MEMBERS} healthy TLS clients who are given more than may wait at once`, async (t) => {
    const { hub, connect } = await openTls(t, { maxWaitingBytesInAll: 1_000_000 });
    const people = await connect(MEMBERS);
    for (let count = 0; count < 10; count++) {
      hub.broadcast(Buffer.alloc(100_000));
      for (const raw of people) await raw.nextFrame(BINARY);
    }
    assert.equal(hub.clients.size, MEMBERS);
  });

  test("P7 is no more than may, whoever is kept: those who hold most are cut, and a healthy pair chats on", async (t) => {
    const inAll = 8_000_000;
    const { hub, meet } = await openHub(t, {
      ...ALONE,
      ...{ maxWaitingBytes: 2_000_000, maxWaitingBytesInAll: inAll },
      onSlow: () => "keep",
    });
    const pair = [await meet(), await meet()];
    const greedy: Client[] = [];
    for (let count = 0; count < 40; count++) greedy.push((await meet({ paused: true })).client);
    const page = Buffer.alloc(256 * 1024);
    const [hog] = greedy;
    while (hog!.waitingBytes < 4 * page.length) {
      hog!.send(page);
      await turn();
    }
    let [mostWaited, held] = [0, 0];
    // As a server does that answers whoever has taken what it had: the kernel takes some, and the rest waits.
    while (greedy.some((client) => client.isOpen && client.waitingBytes === 0)) {
      for (const client of greedy) if (client.waitingBytes === 0) client.send(page);
      hub.broadcast("chat");
      for (const { raw } of pair) assert.equal(await raw.next(), "chat");
      await turn();
      mostWaited = Math.max(mostWaited, hub.waitingBytes);
      held = greedy.reduce((sum, { isOpen, waitingBytes }) => sum + (isOpen ? waitingBytes : 0), 0);
    }
    assert.ok(mostWaited <= inAll && held <= inAll, `${mostWaited} bytes waited, ${held} in the end`);
    assert.ok(hub.waitingBytes > inAll / 2, `too many were cut: ${hub.waitingBytes} bytes wait`);
    assert.ok(!hog!.isOpen);
  });

  test("is nothing once the kernel has taken what was left of a first write", async (t) => {
    const { hub, meet } = await openHub(t, ALONE);
    const { raw, client } = await meet({ paused: true });
    const message = Buffer.alloc(256 * 1024);
    for (let count = 0; count < 64; count++) client.send(message);
    await turn();
    assert.equal(hub.waitingBytes, client.waitingBytes);
    assert.ok(hub.waitingBytes > 0, "the kernel does not take so much");
    raw.socket.resume();
    for (let count = 0; count < 64; count++) await raw.nextFrame(BINARY);
    await until(() => hub.waitingBytes === 0, "everything to be taken");
  });
});
