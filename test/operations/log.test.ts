import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { LOG_EVENTS } from "../../packages/server/src/log/events.ts";
import { connect, enter, newSession } from "../conformance/peer.ts";
import { startWithHandles } from "../security/support/target.ts";
import { Natter, ROOT, runNatter } from "../support/natter.ts";
import { RawClient, refusal } from "../support/raw-client.ts";
import { until } from "./support/until.ts";

/** Its answer is the mistake that support/mistakes.ts makes. */
const MISTAKE = { type: "ping", ref: "mistake" };
/** It would warn of 20,000 where fewer files may be open. */
const FEW = ["--max-connections", "100"];

describe("the log", () => {
  it("is one line of JSON an event on stderr, and stdout is what it always was", async () => {
    await using natter = await Natter.start(FEW);
    const client = await RawClient.connect(natter.wsPort);
    await natter.line(/^New client \(1\) connected$/);
    await client.leave();
    await natter.line(/^Client \(1\) left$/);
    await refusal(natter.wsPort, { headers: { Origin: "https://evil.example" } });
    await natter.logged("refused");
    assert.equal(await natter.stop(), 0);

    assert.deepEqual(natter.out.slice(4), ["New client (1) connected", "Client (1) left", "Stopping …"]);
    assert.deepEqual(
      natter.log.map(({ event }) => event),
      ["started", "refused", "stopping", "stopped"],
    );
    assert.equal(natter.log.length, natter.err.length, "there is nothing else on stderr");
    for (const line of natter.log) {
      const { level, time, pid, event, ...fields } = line;
      const known = LOG_EVENTS[event as keyof typeof LOG_EVENTS];
      assert.equal(level, known.level);
      assert.equal(pid, natter.child.pid);
      assert.equal(new Date(String(time)).toISOString(), time);
      for (const field of Object.keys(fields)) assert.ok(field in known.fields, `${event} has no ${field}`);
    }
  });

  it("I5 has no session, text, name or room in it, at any level, whatever goes wrong", async () => {
    await using natter = await Natter.start(["--log-level", "debug"]);
    const target = { host: "127.0.0.1", port: natter.wsPort };
    const session = newSession();
    const secrets = ["Zaphod-name", "sesame-text", "cellar-room", "Trillian-plain", session];
    const peer = await enter(target, "cellar-room", { name: "Zaphod-name", session });
    peer.say({ type: "send", room: "cellar-room", id: "sesame-text-id", text: "sesame-text" });
    await peer.hear("event");
    // Whatever is refused, broken or cut off says the same words.
    peer.say({ type: "send", room: "cellar-room", id: "??", text: "sesame-text" });
    await peer.hear("error");
    peer.raw.send(`{"type":"hello","session":"${session}","name":"Zaphod-name"`);
    await peer.hear("error");
    const plain = await RawClient.connect(natter.wsPort, { path: "/cellar-room?name=Trillian-plain" });
    plain.send("sesame-text");
    await peer.hear("event");
    plain.sendFrame(Buffer.from("sesame-text"), { opcode: 2 });
    await plain.closed;
    await refusal(natter.wsPort, { path: "/cellar-room/sesame-text?name=Trillian-plain" });
    await refusal(natter.wsPort, { path: "/cellar-room?name=42" });
    await refusal(natter.port, { headers: { Origin: "https://evil.example", Cookie: `s=${session}` } });
    await until(
      () => natter.log,
      (log) => log.some(({ event }) => event === "refused"),
      "a refusal",
    );
    peer.raw.vanish();
    assert.equal(await natter.stop(), 0);

    const log = natter.err.join("\n");
    assert.ok(natter.log.some(({ event }) => event === "connected") && natter.log.length > 6);
    for (const secret of secrets) assert.ok(!log.includes(secret), `${secret} is in the log:\n${log}`);
  });

  it("warns once, at the start, where fewer files may be open than --max-connections needs, and says what to do", async () => {
    await using natter = await startWithHandles(300, await mkdtemp(join(tmpdir(), "natter-handles-")));
    const { level, reason } = await natter.logged("few_descriptors");
    assert.equal(level, "info");
    assert.match(
      String(reason),
      /^At most 300 .* --max-connections 20000 needs 20612: .*ulimit -n.*LimitNOFILE/,
    );
    await natter.logged("started");
    assert.equal(natter.log.filter(({ event }) => event === "few_descriptors").length, 1);
  });

  it("says no less than it is asked for: --log-level, down to silent", async () => {
    for (const [level, events] of [
      ["warn", ["refused"]],
      ["silent", []],
    ] as const) {
      await using natter = await Natter.start(FEW, { NATTER_LOG_LEVEL: level });
      await refusal(natter.wsPort, { headers: { Origin: "https://evil.example" } });
      assert.equal(await natter.stop(), 0);
      assert.deepEqual(
        natter.log.map(({ event }) => event),
        events,
      );
    }
  });

  it("cannot be made to fill a disk: ten refusals a second are written, and the rest is counted", async () => {
    await using natter = await Natter.start();
    const before = performance.now();
    const strangers = Array.from({ length: 60 }, () =>
      refusal(natter.wsPort, { headers: { Origin: "https://evil.example" } }),
    );
    await Promise.all(strangers);
    await natter.logged("left_out");
    const seconds = Math.ceil((performance.now() - before) / 1_000);
    await until(
      () => counted(natter, "refused") + written(natter, "refused"),
      (sum) => sum === 60,
      "all of them",
    );
    assert.ok(written(natter, "refused") <= 10 * (seconds + 1), `in ${seconds} s`);
  });

  it("nor by a mistake in natter that somebody has found: it is counted the same way, and the others chat on", async (t) => {
    const preload = fileURLToPath(new URL("./support/mistakes.ts", import.meta.url));
    await using natter = await Natter.start([], { NODE_OPTIONS: `--require=${preload}` });
    const [ada, grace] = [await RawClient.connect(natter.wsPort), await RawClient.connect(natter.wsPort)];
    await ada.next(); // Grace came
    const before = performance.now();
    const strangers = 100;
    for (let count = 0; count < strangers; count++) {
      const peer = await connect({ host: "127.0.0.1", port: natter.wsPort });
      t.after(() => peer.raw.vanish());
      peer.say({ type: "hello", name: "Mallory" });
      // The second one waits behind a join, which takes time, and so is met in a turn of its own.
      for (const frame of [MISTAKE, { type: "join", room: `den${count}` }, MISTAKE]) peer.say(frame);
      await peer.hear("welcome");
      assert.equal((await peer.hear("error")).code, "internal");
      await peer.hear("joined");
      const { code, ref } = await peer.hear("error");
      assert.deepEqual({ code, ref }, { code: "internal", ref: MISTAKE.ref });
    }
    grace.send("still here");
    assert.equal(await ada.next(), "Client (2) : still here");
    await until(
      () => counted(natter, "unexpected") + written(natter, "unexpected"),
      (sum) => sum === 2 * strangers,
      "all of them",
    );
    const seconds = Math.ceil((performance.now() - before) / 1_000);
    assert.ok(counted(natter, "unexpected") > 0);
    assert.ok(written(natter, "unexpected") <= 10 * (seconds + 1), `in ${seconds} s`);
    assert.match(String((await natter.logged("unexpected")).error), /a mistake made up by a test/);
    assert.equal(await natter.stop(), 0);
  });

  it("leaves what is wrong at the start one plain sentence", async () => {
    const { code, out, err } = await runNatter(["--log-level", "loud"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^natter: --log-level must be one of .*"loud"\.$/);
  });
});

/** How many lines of an event were left out. */
function counted({ log }: Natter, of: string): number {
  return log.reduce(
    (sum, line) => sum + (line.event === "left_out" && line.of === of ? Number(line.count) : 0),
    0,
  );
}

function written({ log }: Natter, of: string): number {
  return log.filter(({ event }) => event === of).length;
}

describe("the list of events in docs/operations.md", () => {
  it("is that of the code: event, level, fields, meaning, and nothing else", () => {
    const docs = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
    const rows = docs.split("\n").filter((line) => /^\| `[a-z_]+` \| (debug|info|warn|error) \|/.test(line));
    const expected = Object.entries(LOG_EVENTS).map(([event, { level, fields, about }]) => {
      const names = Object.keys(fields).map((field) => `\`${field}\``);
      return `| \`${event}\` | ${level} | ${names.join(", ")} | ${about} |`;
    });
    assert.deepEqual(rows, expected);
  });
});
