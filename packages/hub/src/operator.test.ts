import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { suite, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { RawClient, rawExchange, refusal } from "../../../test/support/raw-client.ts";
import { AT_THE_DOOR } from "./port.ts";
import { openHub, TLS, told, until } from "./testing/hub.ts";

suite("what whoever runs a hub hears and can do", () => {
  test("who is not let in is told of with status, reason and address, be it by a limit or by admit", async (t) => {
    const { hub, port, meet } = await openHub(t, {
      maxConnections: 1,
      admit: ({ url }) => (url === "/no" ? { refuse: 403, reason: "Not there." } : { data: undefined }),
    });
    const byAdmit = told(hub, "refuse");
    await refusal(port, { path: "/no" });
    const [refused, request] = await byAdmit;
    assert.deepEqual(refused, { status: 403, reason: "Not there.", address: "127.0.0.1" });
    assert.equal(request?.url, "/no");
    // Its connection is gone, and counted as such, before the next one comes.
    await meet();
    const byLimit = told(hub, "refuse");
    await refusal(port);
    assert.equal((await byLimit)[0].status, 503);
  });

  test("so is who sends no request at all, too long a one, or none in time, and who is cut for being one too many", async (t) => {
    const { hub, port } = await openHub(t, { handshakeTimeoutMs: 200, maxConnections: 1 });
    const refused: unknown[] = [];
    hub.on("refuse", ({ status, address }, request) => refused.push([status, address, request]));
    const requests = [
      "GET / HTTP/1.1\r\nHost: x",
      "nonsense\r\n\r\n",
      `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
    ];
    const statuses = [];
    for (const request of requests) statuses.push((await rawExchange(port, request)).status);
    assert.deepEqual(statuses, [408, 400, 431]);
    const sockets = Array.from({ length: AT_THE_DOOR + 2 }, () => connectTcp(port, "127.0.0.1"));
    t.after(() => sockets.forEach((socket) => void socket.destroy()));
    await Promise.race(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    await until(() => refused.length >= 4, "the one that was cut");
    assert.deepEqual(
      refused.slice(0, 4),
      [408, 400, 431, 503].map((status) => [status, "127.0.0.1", undefined]),
    );
  });

  test("new PEM texts are for new connections; what is none changes nothing, and open ones stay", async (t) => {
    const { hub, port } = await openHub(t, { tls: TLS });
    const open = () => connectTls({ host: "127.0.0.1", port, ca: TLS.cert, servername: "localhost" });
    const before = await RawClient.connect(port, { open });
    assert.throws(() => hub.setTls({ key: "no key", cert: TLS.cert }));
    hub.setTls(TLS);
    const after = await RawClient.connect(port, { open });
    hub.broadcast("all");
    assert.deepEqual([await before.next(), await after.next()], ["all", "all"]);
    await Promise.all([before.leave(), after.leave()]);
  });

  test("a hub without TLS, or without a port, cannot be given any", async (t) => {
    const { hub } = await openHub(t);
    assert.throws(() => hub.setTls(TLS), /needs the option tls/);
  });
});
