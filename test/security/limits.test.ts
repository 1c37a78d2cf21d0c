// What one client, and one address, may ask for. The rules M1 to M5 are held by the conformance suite.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { LIMITS, PRINTED_LINES_PER_SECOND, setterOf } from "../../packages/server/src/limits.ts";
import { arrive, enter, type Heard, newRoom, plain } from "../conformance/peer.ts";
import { type Answer, ask } from "../operations/support/ask.ts";
import { until } from "../operations/support/until.ts";
import { Natter } from "../support/natter.ts";
import { type HandshakeRefused, RawClient, refusal } from "../support/raw-client.ts";
import { whilePairChats } from "./support/healthy-pair.ts";
import { target } from "./support/target.ts";

/** Shakes hands for natter.v1 and hangs up. */
async function shake(port: number, { headers }: { headers: Record<string, string> }): Promise<Answer> {
  const asked = { headers: { ...headers, "Sec-WebSocket-Protocol": "natter.v1" } };
  const client = await RawClient.connect(port, asked).catch(({ answer }: HandshakeRefused) => answer);
  if (client instanceof RawClient) {
    client.vanish();
    return { status: 101, body: "", headers: {} };
  }
  const [, after] = /^Retry-After: (.*)$/im.exec(client.head) ?? [];
  return { ...client, headers: after === undefined ? {} : { "retry-after": after } };
}

describe("a limit", { concurrency: 2 }, () => {
  it("M7 on requests that read the log: 200 at once, then rate_limited, and one more after retryAfterMs", async (t) => {
    await using natter = await Natter.start();
    await whilePairChats(t, target(natter), async () => {
      const room = newRoom();
      const peer = await enter(target(natter), room);
      const asks = [
        { type: "history", room, limit: 200, ref: "h" },
        { type: "rooms", ref: "r" },
        { type: "join", room, since: 0 },
      ];
      const count = 260;
      for (let index = 0; index < count; index++) peer.say(asks[index % asks.length]!);
      const answers: Heard[] = [];
      while (answers.length < count) {
        const frame = JSON.parse(await peer.raw.next()) as Heard;
        if (frame.type !== "presence") answers.push(frame);
      }
      const refused = answers.filter(({ type }) => type === "error");
      assert.ok(refused.length > 0 && answers.length - refused.length >= 200);
      for (const { code, retry, retryAfterMs } of refused) {
        assert.deepEqual([code, retry], ["rate_limited", true]);
        assert.ok(retryAfterMs > 0 && retryAfterMs <= 1_000);
      }
      await new Promise((resolve) => setTimeout(resolve, refused.at(-1)!.retryAfterMs + 100));
      peer.say({ type: "rooms", ref: "again" });
      assert.equal((await peer.hear("rooms")).ref, "again");
    });
  });

  it("M8 on new rooms: 5,000 of an address at once, whoever makes them, and what one is in already is none", async (t) => {
    await using natter = await Natter.start(["--message-rate", "500"]);
    await whilePairChats(t, target(natter), async () => {
      let refused = 0;
      let joined = 0;
      for (let person = 0; person < 53; person++) {
        const peer = await arrive(target(natter));
        const rooms = Array.from({ length: 100 }, (_, index) => `room-${person}-${index}`);
        peer.say(...rooms.map((room) => ({ type: "join", room })));
        for (const _ of rooms) {
          const { type, code, retryAfterMs } = await heard(peer.raw);
          if (type === "joined") joined++;
          else {
            assert.equal(code, "rate_limited");
            assert.ok(retryAfterMs > 0 && retryAfterMs <= 1_000);
            refused++;
          }
        }
        if (refused > 0) {
          peer.say({ type: "join", room: newRoom() });
          const { type, code } = await heard(peer.raw);
          if (type === "error") assert.equal(code, "rate_limited");
        }
        await peer.leave();
      }
      assert.ok(refused > 0 && joined >= 4_990 && joined < 5_300, `${joined} joined, ${refused} refused`);
      // A plain client makes a room by saying something in it.
      const closings = [];
      for (let count = 0; count < 40; count++) {
        const guest = await plain(target(natter), `/${newRoom()}`);
        guest.send("hi");
        closings.push(guest.closed);
      }
      assert.equal((await Promise.race(closings)).code, 1013);
    });
  });

  it("M1 on bytes: a frame of 64 KiB counts as four messages", async () => {
    await using natter = await Natter.start(["--message-rate", "2"]);
    const peer = await arrive(target(natter));
    const ping = '{"type":"ping"}'.padEnd(65_536, " ");
    for (let count = 0; count < 8; count++) peer.raw.send(ping);
    const types = [];
    for (let count = 0; count < 8; count++) types.push((await heard(peer.raw)).type);
    // hello was one of the burst of 20, and a slow machine's seconds bring in some.
    assert.deepEqual(types.slice(0, 4), ["pong", "pong", "pong", "pong"]);
    assert.ok(types.includes("error"), types.join(" "));
  });

  it("on connections: those in all get 503, and who is there is not touched", async (t) => {
    await using natter = await Natter.start(["--max-connections", "10"]);
    await whilePairChats(t, target(natter), async () => {
      for (let count = 0; count < 8; count++) await RawClient.connect(natter.wsPort);
      for (const port of [natter.port, natter.wsPort]) {
        const { status, head } = await refusal(port);
        assert.equal(status, 503);
        assert.match(head, /Retry-After: \d+/);
      }
    });
  });

  it("on connections of an address: one more gets 429, other addresses come in, and there is room when one leaves", async (t) => {
    await using natter = await Natter.start([
      "--trust-proxy",
      "loopback",
      "--max-connections-per-address",
      "3",
    ]);
    const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
    await whilePairChats(t, target(natter), async () => {
      const there: RawClient[] = [];
      for (const port of [natter.port, natter.wsPort, natter.port]) {
        there.push(await RawClient.connect(port, from("198.51.100.7")));
      }
      for (const port of [natter.port, natter.wsPort]) {
        const { status, head } = await refusal(port, from("198.51.100.7"));
        assert.equal(status, 429);
        assert.match(head, /Retry-After: \d+/);
        await RawClient.connect(port, from("198.51.100.8"));
      }
      await there.pop()!.leave();
      const again = () =>
        RawClient.connect(natter.wsPort, from("198.51.100.7")).catch((error: HandshakeRefused) => error);
      await until(again, (answer) => answer instanceof RawClient, "room once the server knows of it");
      assert.equal((await refusal(natter.wsPort, from("198.51.100.7"))).status, 429);
    });
  });

  it("on requests of an address: 1,000 at once, of handshakes and pages together, then 429, and one after Retry-After", async (t) => {
    await using natter = await Natter.start(["--trust-proxy", "loopback"]);
    await whilePairChats(t, target(natter), async () => {
      const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
      const own = from("198.51.100.7");
      const asks = [
        (who = own) => shake(natter.port, who),
        (who = own) => shake(natter.wsPort, who),
        ...["/", "/client.html", "/healthz", "/nothing"].map(
          (path) =>
            (who = own) =>
              ask(natter.port, path, who),
        ),
      ];
      const since = performance.now();
      let taken = 0;
      /** Forty at a time, until one is refused. */
      const refusalOf = async (...kinds: typeof asks): Promise<Answer> => {
        for (let round = 0; round < 100; round++) {
          const answers = await Promise.all(
            Array.from({ length: 40 }, (_, index) => kinds[index % kinds.length]!()),
          );
          taken += answers.filter(({ status }) => status !== 429).length;
          const refused = answers.find(({ status }) => status === 429);
          if (refused !== undefined) return refused;
        }
        throw new Error(`${taken} were taken, and none refused`);
      };
      await refusalOf(...asks);
      const allowed = 1_000 + ((performance.now() - since) / 1_000) * 100;
      assert.ok(taken >= 1_000 && taken <= allowed, `${taken} were taken, ${allowed} are allowed`);
      for (const kind of asks) assert.match(String((await refusalOf(kind)).headers["retry-after"]), /^[12]$/);
      for (const kind of asks) assert.notEqual((await kind(from("198.51.100.8"))).status, 429);
      await pause(1_000);
      for (const kind of asks) assert.notEqual((await kind()).status, 429);
    });
  });

  it("M1 on messages of an address: ten times the burst of one at once, and no more than the rate adds", async () => {
    const perSecond = 20;
    const burst = 10 * perSecond;
    await using natter = await Natter.start(["--message-rate", `${perSecond}`]);
    const since = performance.now();
    const peers = [];
    for (let count = 0; count < 15; count++) peers.push(await arrive(target(natter)));
    for (const peer of peers) for (let sent = 1; sent < burst; sent++) peer.say({ type: "ping" });
    let taken = peers.length; // each hello was one
    for (const { raw } of peers) {
      for (let sent = 1; sent < burst; sent++) if ((await heard(raw)).type === "pong") taken++;
    }
    const seconds = (performance.now() - since) / 1_000;
    assert.ok(taken >= 10 * burst, `${taken} were taken`);
    assert.ok(taken <= 10 * (burst + seconds * perSecond) + 1, `${taken} were taken in ${seconds} s`);
    assert.ok(taken < peers.length * burst || seconds > 5, "nothing was refused");
  });

  it("on lines printed: a crowd that comes and goes does not fill the log, and is heard of all the same", async () => {
    await using natter = await Natter.start();
    const listener = await plain(target(natter), "/crowd");
    const crowd = 3 * PRINTED_LINES_PER_SECOND;
    const since = performance.now();
    await Promise.all(Array.from({ length: crowd }, () => plain(target(natter), "/crowd")));
    assert.equal((await listener.take(crowd)).length, crowd);
    const seconds = Math.ceil((performance.now() - since) / 1_000) + 1;
    const printed = natter.out.filter((line) => line.includes("New client (")).length;
    assert.ok(
      printed > 0 && printed <= Math.min(seconds * PRINTED_LINES_PER_SECOND, crowd + 1),
      `${printed}`,
    );
    if (seconds <= 2) assert.ok(printed < crowd, `${printed} of ${crowd} in ${seconds} s`);
  });
});

describe("docs/security.md", () => {
  it("has every limit with its unit, what sets it, the attack, and what one is told, and no other", () => {
    const page = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
    const section = page.split("\n## Limits")[1]?.split("\n## ")[0] ?? "";
    const rows = section.split("\n").filter((line) => line.startsWith("| "));
    const expected = LIMITS.map((limit) => {
      const value = `${limit.value.toLocaleString("en")} ${limit.unit}`;
      return `| ${[limit.name, value, setterOf(limit), limit.attack, limit.told].join(" | ")} |`;
    });
    assert.deepEqual(rows.slice(2), expected);
  });
});

/** The next frame that is not presence. */
async function heard(raw: RawClient): Promise<Heard> {
  for (;;) {
    const frame = JSON.parse(await raw.next()) as Heard;
    if (frame.type !== "presence") return frame;
  }
}
