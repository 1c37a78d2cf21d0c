import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BINARY, type ConnectOptions, PING, refusal } from "../support/raw-client.ts";
import { arrive, connect, newId, newRoom, newSession, type Target } from "./peer.ts";

export function hello(target: Target): void {
  const offering = (protocols: string, path = "/"): ConnectOptions => ({
    path,
    headers: { "Sec-WebSocket-Protocol": protocols },
  });

  describe("Connecting and hello", { concurrency: true }, () => {
    it("H1 the subprotocol natter.v1 is echoed exactly, among others too; others alone are a 400", async () => {
      for (const offered of ["natter.v1", "chat, natter.v1", "natter.v1,natter.v2"]) {
        const peer = await connect(target, offering(offered));
        assert.match(peer.raw.head, /^sec-websocket-protocol: natter\.v1$/im);
        await peer.hello();
        await peer.leave();
      }
      for (const offered of ["natter.v2", "natter", "NATTER.V1", "chat, mqtt", ""]) {
        const { status } = await refusal(target.port, { host: target.host, ...offering(offered) });
        assert.equal(status, 400, offered);
      }
    });

    it("H2 the path means nothing to natter.v1", async () => {
      for (const path of ["/", "/team", "/a/b", "/%", "/?x=1"]) {
        const peer = await connect(target, { path });
        await peer.hello();
        assert.deepEqual((await peer.join(newRoom())).people.count, 1);
        await peer.leave();
      }
    });

    it("H3 any frame before hello is answered with hello_first, and a second hello with hello_again", async () => {
      const room = newRoom();
      const peer = await connect(target);
      const early = [
        [{ type: "join", room }, { room }],
        [{ type: "leave", room }, { room }],
        [
          { type: "send", room, id: "a", text: "hi" },
          { room, ref: "a" },
        ],
        [
          { type: "skip", room, id: "a" },
          { room, ref: "a" },
        ],
        [
          { type: "history", room, limit: 1, ref: "b" },
          { room, ref: "b" },
        ],
        [{ type: "read", room, seq: 0 }, { room }],
        [{ type: "typing", room }, { room }],
        [{ type: "ping" }, {}],
        [{ type: "rename", name: "Eve" }, {}],
        [{ type: "rooms", ref: "c" }, { ref: "c" }],
      ] as const;
      for (const [frame, which] of early) {
        peer.say(frame);
        const { type, code, message, ...rest } = await peer.refused("hello_first");
        assert.deepEqual(rest, { retry: true, ...which });
      }
      await peer.hello();
      peer.say({ type: "hello", name: "Ada", session: newSession() });
      assert.equal((await peer.refused("hello_again")).retry, false);
    });

    it("H4 a refused hello leaves the connection open for another", async () => {
      const peer = await connect(target);
      peer.say({ type: "hello", name: "42" });
      await peer.refused("bad_name");
      peer.say({ type: "hello", name: "Ada", session: "mine" });
      await peer.refused("bad_session");
      assert.equal((await peer.hello()).you.name, "Ada");
    });

    it("H5 a connection that says no hello for 10 s is closed with 1008, and not before", async () => {
      const since = performance.now();
      const refused = await connect(target);
      const silent = await connect(target);
      refused.say({ type: "hello", name: "" });
      await refused.refused("bad_name");
      for (const peer of [silent, refused]) assert.equal((await peer.closing(20_000)).code, 1008);
      const waitedMs = performance.now() - since;
      assert.ok(waitedMs > 9_500 && waitedMs < 15_000, `closed after ${waitedMs} ms`);
    });

    it("H5 more than 4,096 bytes before an accepted hello close with 1008, and 4,096 do not", async () => {
      const hello = JSON.stringify({ type: "hello", name: "Ada", session: newSession() });
      const atLimit = await connect(target);
      atLimit.raw.send(hello.padEnd(4_096, " "));
      await atLimit.hear("welcome");
      // Once welcome, it may send more.
      atLimit.raw.send('{"type":"ping"}'.padEnd(5_000, " "));
      await atLimit.hear("pong");

      const over = await connect(target);
      over.raw.send(hello.padEnd(4_097, " "));
      assert.equal((await over.closing()).code, 1008);

      const inParts = await connect(target);
      for (let count = 0; count < 4; count++) {
        inParts.raw.send('{"type":"ping"}'.padEnd(1_020, " "));
        await inParts.refused("hello_first");
      }
      inParts.raw.send(hello);
      assert.equal((await inParts.closing()).code, 1008);
    });

    it("H6 join and sends may follow hello at once, without waiting for any answer", async () => {
      const room = newRoom();
      const peer = await connect(target);
      const ids = Array.from({ length: 20 }, newId);
      peer.say(
        { type: "hello", name: "Ada", session: newSession() },
        { type: "join", room },
        ...ids.map((id) => ({ type: "send", room, id, text: id })),
      );
      await peer.hear("welcome");
      await peer.hear("joined");
      const events = await peer.hearAll("event", ids.length);
      assert.deepEqual(
        events.map(({ id, seq }) => [id, seq]),
        ids.map((id, index) => [id, index + 1]),
      );
    });

    it("H6 what follows a refused hello or join at once is refused too, and may be sent again", async () => {
      const [room, id] = [newRoom(), newId()];
      const peer = await connect(target);
      peer.say({ type: "hello", name: "7" }, { type: "join", room }, { type: "send", room, id, text: "hi" });
      for (const code of ["bad_name", "hello_first", "hello_first"]) await peer.refused(code);
      await peer.hello();
      await peer.join(room);
      assert.equal((await peer.tell(room, "hi", id)).seq, 1);
    });

    it("H7 a binary message closes the connection with 1003, before and after hello", async () => {
      for (const peer of [await connect(target), await arrive(target)]) {
        peer.raw.sendFrame(Buffer.from('{"type":"ping"}'), { opcode: BINARY });
        assert.equal((await peer.closing()).code, 1003);
      }
    });

    it("H8 a connection that is silent for heartbeatMs is pinged", async (t) => {
      const peer = await arrive(target);
      const { heartbeatMs } = peer.welcome;
      if (heartbeatMs > 30_000) return t.skip(`the server pings only every ${heartbeatMs} ms`);
      const since = performance.now();
      await peer.raw.nextFrame(PING, heartbeatMs + 10_000);
      const waitedMs = performance.now() - since;
      assert.ok(waitedMs > heartbeatMs * 0.8, `pinged after ${waitedMs} ms`);
    });

    it("H9 connection numbers the connections of a server", async () => {
      const session = newSession();
      const first = (await arrive(target, { session })).welcome.connection;
      const second = (await arrive(target, { session })).welcome.connection;
      assert.ok(Number.isSafeInteger(first) && first > 0);
      assert.ok(second > first);
    });

    it("M1 welcome tells the limits and the heartbeat in whole numbers", async () => {
      const { welcome } = await arrive(target);
      const { textBytes, frameBytes, messagesPerSecond, burst } = welcome.limits;
      for (const limit of [textBytes, frameBytes, burst, welcome.heartbeatMs]) {
        assert.ok(Number.isSafeInteger(limit) && limit >= 0, JSON.stringify(welcome.limits));
      }
      assert.ok(messagesPerSecond >= 0);
      // Every text within its limit has to fit a frame, however it is escaped.
      assert.ok(frameBytes >= textBytes);
    });
  });
}
