import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createMetrics } from "../../packages/server/src/metrics/metrics.ts";
import { enter, newId, type Target } from "../conformance/peer.ts";
import { Natter, ROOT, runNatter } from "../support/natter.ts";
import { RawClient, rawExchange, refusal } from "../support/raw-client.ts";
import { ask } from "./support/ask.ts";
import { metricsPort, scrape, WITH_METRICS } from "./support/metrics.ts";
import { until } from "./support/until.ts";

function target({ wsPort }: Natter): Target {
  return { host: "127.0.0.1", port: wsPort };
}

describe("/metrics", () => {
  it("is not there unless asked for, and then on its own address only", async () => {
    await using without = await Natter.start();
    assert.equal((await ask(without.port, "/metrics")).status, 404);
    await using natter = await Natter.start(WITH_METRICS);
    assert.equal((await ask(natter.port, "/metrics")).status, 404);
    assert.equal((await ask(natter.wsPort, "/metrics")).status, 426);
    const port = await metricsPort(natter);
    const { status, headers } = await ask(port, "/metrics");
    assert.equal(status, 200);
    assert.match(headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/);
    assert.equal((await ask(port, "/")).status, 404);
    assert.equal((await ask(port, "/metrics", { method: "POST" })).status, 404);
    const rebound = await ask(port, "/metrics", { headers: { Host: `evil.example:${port}` } });
    assert.equal(rebound.status, 403);
  });

  it("says in one sentence that its port is taken, and exits with 1", async () => {
    await using natter = await Natter.start(WITH_METRICS);
    const address = `127.0.0.1:${await metricsPort(natter)}`;
    const ports = ["--port", "0", "--ws-port", "0", "--data", join(natter.folder, "other")];
    const { code, err } = await runNatter([...ports, "--metrics-address", address]);
    assert.equal(code, 1);
    assert.match(err, /^natter: port \d+ is taken: .*--metrics-address\.$/m);
  });

  it("counts connections by kind, people, rooms, events, commits and deliveries, and they go back when people go", async () => {
    await using natter = await Natter.start(WITH_METRICS);
    const ada = await enter(target(natter), "lobby");
    const again = await enter(target(natter), "garden", { session: ada.session });
    const plain = await RawClient.connect(natter.wsPort);
    for (const text of ["one", "two", "three"]) await ada.tell("lobby", text);

    const there = await scrape(natter);
    assert.equal(there.get('natter_connections{kind="v1"}'), 2);
    assert.equal(there.get('natter_connections{kind="plain"}'), 1);
    assert.equal(there.get("natter_people"), 1, "two connections of one person");
    assert.equal(there.get("natter_rooms"), 2);
    assert.equal(there.get("natter_events_stored_total"), 3);
    assert.equal(there.get("natter_commit_seconds_count"), 3);
    assert.equal(there.get("natter_delivery_seconds_count"), 3);
    const [commits, deliveries] = ["commit", "delivery"].map(
      (name) => there.get(`natter_${name}_seconds_sum`)!,
    );
    assert.ok(commits! > 0 && deliveries! >= commits!, "a delivery waits for its commit");
    assert.equal(there.get("natter_waiting_appends"), 0);
    assert.equal(there.get("natter_store_writable"), 1);
    assert.ok(there.get("nodejs_eventloop_lag_p99_seconds")! > 0);
    assert.ok(there.get("process_resident_memory_bytes")! > 10_000_000);

    await Promise.all([ada.leave(), again.leave(), plain.leave()]);
    const all = (samples: Map<string, number>): number =>
      samples.get('natter_connections{kind="v1"}')! + samples.get('natter_connections{kind="plain"}')!;
    const gone = await until(
      () => scrape(natter),
      (samples) => all(samples) === 0,
      "nobody is there",
    );
    assert.equal(gone.get("natter_people"), 0);
  });

  it("P7 X1 counts who is cut off for being slow, and refusals by error code, HTTP status and close code", async () => {
    await using natter = await Natter.start([...WITH_METRICS, "--message-rate", "0"]);
    const ada = await enter(target(natter), "lobby");
    ada.say({ type: "send", room: "lobby", id: newId(), text: "" }, { type: "join", room: "No Room" });
    await ada.refused("text_empty");
    await ada.refused("bad_room");
    await refusal(natter.wsPort, { headers: { Origin: "https://evil.example" } });
    await ask(natter.port, "/nothing-here");
    const requests = ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\nHost: half"];
    const answers = [natter.port, natter.wsPort].flatMap((port) =>
      requests.map(async (request) => (await rawExchange(port, request)).status),
    );
    assert.deepEqual(await Promise.all(answers), [400, 408, 400, 408]);
    const loud = await RawClient.connect(natter.wsPort);
    loud.send("x".repeat(9_000));
    assert.equal((await loud.closed).code, 1009);
    // What it does not take fills the kernel's buffers first, some megabytes.
    await RawClient.connect(natter.wsPort, { paused: true });
    const text = "x".repeat(8_000);
    const isCut = (samples: Map<string, number>): boolean =>
      samples.get("natter_slow_readers_cut_total") === 1;
    const look = async (): Promise<Map<string, number>> => {
      for (let count = 0; count < 60; count++) ada.say({ type: "send", room: "lobby", id: newId(), text });
      await ada.hearAll("event", 60);
      return await scrape(natter);
    };
    const samples = await until(look, isCut, "the slow reader is cut off", 30_000);
    assert.equal(samples.get('natter_refusals_total{by="frame",reason="text_empty"}'), 1);
    assert.equal(samples.get('natter_refusals_total{by="frame",reason="bad_room"}'), 1);
    assert.equal(samples.get('natter_refusals_total{by="http",reason="403"}'), 1);
    assert.equal(samples.get('natter_refusals_total{by="http",reason="404"}'), 1);
    assert.equal(samples.get('natter_refusals_total{by="http",reason="400"}'), 2);
    assert.equal(samples.get('natter_refusals_total{by="http",reason="408"}'), 2);
    const logged = natter.log.filter(({ event }) => event === "refused").map(({ status }) => status);
    assert.deepEqual(logged, [403, 400, 400, 408, 408]);
    assert.equal(samples.get('natter_refusals_total{by="close",reason="1009"}'), 1);
    assert.equal((await natter.logged("cut_off")).why, "slow");
  });

  it("stays as small as it is, however many rooms and people there are and whatever close codes they choose", async () => {
    await using natter = await Natter.start(WITH_METRICS);
    const series = async (): Promise<number> => (await scrape(natter)).size;
    const visit = async (index: number): Promise<void> => {
      const peer = await enter(target(natter), `room-${index}`, { name: `P-${index}-x` });
      await peer.tell(`room-${index}`, "hi");
      await peer.raw.leave(3_000 + index);
    };
    await visit(0);
    const before = await series();
    for (let index = 1; index < 40; index++) await visit(index);
    // Garbage collection and the kinds of open handles come and go.
    assert.ok((await series()) - before < 20);
    const names = [...(await scrape(natter)).keys()].join("\n");
    assert.doesNotMatch(names, /room-\d|P-\d/);
  });
});

describe("the list of metrics in docs/operations.md", () => {
  it("is that of the code: name, type, meaning, and nothing else", async () => {
    const looks = {
      rooms: () => 0,
      people: () => 0,
      waitingAppends: () => 0,
      waitingBytes: () => 0,
      untakenBytes: () => 0,
    };
    const { registry } = createMetrics("1", {
      ...looks,
      isBusUp: () => true,
      isStoreWritable: async () => true,
      certificateEndsAt: () => undefined,
    });
    const known = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith("natter_"));
    const expected = known.map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`).sort();
    const docs = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
    const rows = docs.split("\n").filter((line) => /^\| `natter_\w+` \| \w+ \|/.test(line));
    assert.deepEqual(rows.sort(), expected);
    // What is to be watched has to be there.
    const all = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    for (const [name = ""] of docs.matchAll(/\b(natter|nodejs|process)_[a-z0-9_]+\b/g)) {
      const family = name.replace(/_(bucket|count|sum)$/, "");
      assert.ok(all.includes(name) || all.includes(family), `${name} is no metric`);
    }
  });
});
