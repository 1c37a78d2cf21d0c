import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, it } from "node:test";
import { connect, newSession } from "../conformance/peer.ts";
import { Natter } from "../support/natter.ts";
import { handshake, rawExchange, refusal } from "../support/raw-client.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { target } from "./support/target.ts";

const natter = await Natter.start();
after(() => natter[Symbol.asyncDispose]());
const ports = [natter.port, natter.wsPort];

/** Nothing like the time that such a header once took. Whatever else the machine has to do, one of a few is at once. */
const AT_ONCE_MS = 50;
const TRIES = 5;

describe("at the handshake, on both ports,", () => {
  it("P9 headers that once hung a server get a 4xx at once", async (t) => {
    let slowestMs = 0;
    await whilePairChats(t, target(natter), async () => {
      for (const port of ports) {
        const head = handshake(port).slice(0, -2);
        const many = Array.from({ length: 2_000 }, (_, index) => `a${index}: b`).join("\r\n");
        for (const [what, bytes] of [
          ["2,000 headers (CVE-2024-37890)", `${head}${many}\r\n\r\n`],
          ["32k spaces (CVE-2021-32640)", `${head}Sec-WebSocket-Protocol: b${" ".repeat(32_000)}x\r\n\r\n`],
          ["8k spaces", `${head}Sec-WebSocket-Protocol: b${" ".repeat(8_000)}x\r\n\r\n`],
          ["an open quote (CVE-2020-7663)", `${head}Sec-WebSocket-Extensions: a; b="\r\n\r\n`],
          ["open quotes", `${head}Sec-WebSocket-Extensions: a; b="${"\\c".repeat(3_000)}\r\n\r\n`],
          [
            "a key that is none",
            head.replace(/Sec-WebSocket-Key: .*/, "Sec-WebSocket-Key: x").concat("\r\n"),
          ],
          ["not HTTP", "natter\r\n\r\n"],
        ] as const) {
          let fastestMs = Number.POSITIVE_INFINITY;
          for (let tries = 0; tries < TRIES && fastestMs > AT_ONCE_MS; tries++) {
            const since = performance.now();
            const { status } = await rawExchange(port, bytes);
            fastestMs = Math.min(fastestMs, performance.now() - since);
            assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
          }
          slowestMs = Math.max(slowestMs, fastestMs);
        }
      }
    });
    assert.ok(slowestMs < AT_ONCE_MS, `${slowestMs} ms`);
    t.diagnostic(`the slowest took ${slowestMs.toFixed(1)} ms`);
  });

  it("a WebSocket version other than 13 gets 400, for version 8 has its origin in another header", async () => {
    for (const port of ports) {
      for (const version of ["8", "7", "0", "14", "13, 8", undefined]) {
        const { status, head } = await refusal(port, { headers: { "Sec-WebSocket-Version": version } });
        assert.equal(status, 400, String(version));
        assert.match(head, /Sec-WebSocket-Version: 13/i);
      }
    }
  });

  it("a header that decides who may connect, given twice, gets 400: a proxy in front may go by the other", async () => {
    for (const [first, second] of [
      ["Host: localhost", "Host: evil.example"],
      ["Host: evil.example", "Host: localhost"],
      ["Origin: http://localhost", "Origin: https://evil.example"],
    ]) {
      for (const port of ports) {
        const request = handshake(port, { headers: { Host: undefined } }).slice(0, -2);
        const host = first!.startsWith("Host") ? "" : "Host: localhost\r\n";
        const answer = await rawExchange(port, `${request}${host}${first}\r\n${second}\r\n\r\n`);
        assert.equal(answer.status, 400, `${first}, ${second}`);
        assert.match(answer.body, /more than once/);
      }
      const page = `GET / HTTP/1.1\r\nConnection: close\r\n${first}\r\n${second}\r\n`;
      const host = first!.startsWith("Host") ? "" : "Host: localhost\r\n";
      assert.equal((await rawExchange(natter.port, `${page}${host}\r\n`)).status, 400, `${first}, ${second}`);
    }
  });

  it("I1 H1 a session in the URL or among the subprotocols makes nobody that person, and is not echoed", async () => {
    const session = newSession();
    const id = createHash("sha256").update(session).digest().subarray(0, 16).toString("base64url");
    for (const options of [
      { path: `/lobby?session=${session}&token=${session}` },
      { headers: { "Sec-WebSocket-Protocol": `${session}, natter.v1` } },
      { headers: { Cookie: `session=${session}`, Authorization: `Bearer ${session}` } },
    ]) {
      const peer = await connect(target(natter), options);
      assert.match(peer.raw.head, /^Sec-WebSocket-Protocol: natter\.v1$/im);
      assert.ok(!peer.raw.head.includes(session));
      peer.say({ type: "hello", name: "Eve" });
      assert.notEqual((await peer.hear("welcome")).you.id, id);
    }
    const alone = await refusal(natter.wsPort, { headers: { "Sec-WebSocket-Protocol": session } });
    assert.equal(alone.status, 400);
    assert.ok(!alone.body.includes(session));
  });

  it("a handshake with a body gets 400: Node would take the frames behind it for the body", async () => {
    for (const port of ports) {
      const request = handshake(port).slice(0, -2);
      for (const body of [
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\nnonsense",
        "Content-Length: 100\r\n\r\nhello",
        "Content-Length: 5\r\n\r\nhello",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      ]) {
        assert.equal((await rawExchange(port, request + body)).status, 400, body);
      }
    }
  });

  it("an upgrade behind a request that is not answered yet gets 400: the answer would stand within the WebSocket", async () => {
    for (const path of ["/readyz", "/r/lobby"]) {
      const before = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      assert.equal((await rawExchange(natter.port, before + handshake(natter.port))).status, 400, path);
    }
  });

  it("what is refused as no handshake is answered and logged as every other refusal", async () => {
    for (const port of ports) {
      await using fresh = await Natter.start();
      const own = port === natter.port ? fresh.port : fresh.wsPort;
      const request = handshake(own);
      for (const [bytes, expected] of [
        [request.replace(/Sec-WebSocket-Key: .*/, "Sec-WebSocket-Key: x"), 400],
        [request.replace("GET", "POST"), 405],
        [request.replace(/\r\n$/, "Sec-WebSocket-Protocol: natter.v1, natter.v1\r\n\r\n"), 400],
      ] as const) {
        const { status, head } = await rawExchange(own, bytes);
        assert.equal(status, expected);
        assert.match(head, /^X-Content-Type-Options: nosniff$/im);
      }
      assert.equal(await fresh.stop(), 0);
      const refused = fresh.log.filter(({ event }) => event === "refused").map(({ status }) => status);
      assert.deepEqual(refused, [400, 405, 400]);
    }
  });

  it("an upgrade to something else is none of ours: it is answered as if it had not been offered", async () => {
    const offer =
      "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    const request = `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`;
    assert.equal((await rawExchange(natter.port, request)).status, 200);
    assert.equal((await rawExchange(natter.wsPort, request)).status, 426);
  });
});
