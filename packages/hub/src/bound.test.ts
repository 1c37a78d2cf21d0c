// What waits for all is counted, and that count decides who may stay: what is no longer waiting must not be in it.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { BINARY, RawClient } from "../../../test/support/raw-client.ts";
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

suite("what waits in all", () => {
  for (const [what, bytes] of [
    ["short messages", 100],
    ["long ones", 100_000],
  ] as const) {
    test(`is nothing once ${MEMBERS} healthy TLS clients have taken ${what}`, async (t) => {
      const { hub, port } = await openHub(t, { ...ALONE, tls: TLS });
      const open = () => connectTls({ port, host: "127.0.0.1", ca: TLS.cert, servername: "localhost" });
      const people: RawClient[] = [];
      for (let count = 0; count < MEMBERS; count++) people.push(await RawClient.connect(port, { open }));
      t.after(() => people.forEach(({ socket }) => void socket.destroy()));
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
