import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Program } from "../../../../../test/support/natter.ts";
import { RedisServer } from "../../../../../test/support/redis.ts";
import { LEASE_MS } from "../bus.ts";
import { eventually, listenTo, went } from "../contract.ts";
import { Leases } from "./leases.ts";
import { openRedisBus } from "./open.ts";

describe("Leases", () => {
  test("a node that is silent for its ticks is gone, once; a sign of life begins them anew", () => {
    const leases = new Leases(3);
    for (const node of ["a", "b"]) assert.equal(leases.heard(node), true);
    assert.deepEqual([leases.tick(), leases.tick()], [[], []]);
    leases.heard("b");
    assert.deepEqual([leases.tick(), leases.tick(), leases.tick(), leases.tick()], [["a"], [], ["b"], []]);
  });

  test("all get a new lease at once, and who ends has none", () => {
    const leases = new Leases(2);
    for (const node of ["a", "b"]) leases.heard(node);
    leases.tick();
    leases.renewAll();
    assert.equal(leases.end("b"), true);
    assert.equal(leases.end("b"), false);
    assert.deepEqual([leases.tick(), leases.tick()], [[], ["a"]]);
  });

  test("no more names are remembered than a bound, however many somebody makes up", () => {
    const leases = new Leases(2);
    let known = 0;
    for (let name = 0; name < 20_000; name++) if (leases.heard(`n${name}`)) known++;
    assert.equal(known, 10_000);
    assert.equal(leases.heard("n1"), true);
  });
});

describe("Nodes that stop saying anything", { skip: RedisServer.isMissing }, () => {
  const LONE_NODE = new URL("testing/lone-node.ts", import.meta.url).pathname;

  test("one that is killed is gone within ten seconds, and one that stood still longer than its lease is told", async () => {
    await using redis = await RedisServer.start();
    const bus = await openRedisBus({ url: redis.url, namespace: "leases" });
    const goneAt = new Map<string, number>();
    bus.listen({ gone: (node) => goneAt.set(node, performance.now()) });
    const ear = await listenTo(bus, "room:lobby");
    const quiet = await openRedisBus({ url: redis.url, namespace: "leases" });
    await quiet.publish("room:lobby", went("nobody"));
    const args = ["--conditions=@natter/source", LONE_NODE, redis.url, "leases", "lobby"];
    const [killed, stopped] = [new Program(process.execPath, args), new Program(process.execPath, args)];
    try {
      const [first, second] = [await nameOf(killed), await nameOf(stopped)];
      await ear.heard(3);
      killed.child.kill("SIGKILL");
      stopped.child.kill("SIGSTOP");
      await once(killed.child, "exit");
      const since = performance.now();
      await eventually(
        () => goneAt.has(first) && goneAt.has(second),
        () => "both to be gone",
        2 * LEASE_MS,
      );
      for (const at of goneAt.values()) {
        // Its last sign of life may have come up to a beat before.
        assert.ok(at - since > LEASE_MS - 3_000 && at - since < 10_000, `gone after ${at - since} ms`);
      }
      assert.equal(goneAt.has(quiet.node), false);
      assert.doesNotMatch(stopped.said(), /^back$/m);

      stopped.child.kill("SIGCONT");
      await stopped.line(/^back$/);
      await bus.publish("room:lobby", went("awake"));
      await stopped.line(/^heard .*"awake"/);
      assert.doesNotMatch(stopped.said(), new RegExp(`gone (${quiet.node}|${bus.node})`));
    } finally {
      for (const { child } of [killed, stopped]) child.kill("SIGKILL");
      await Promise.all([bus.close(), quiet.close()]);
    }
  });

  async function nameOf({ out }: Program): Promise<string> {
    // Longer than usual: on a machine with much to do, a program takes its time to start.
    await eventually(
      () => out.some((line) => line.startsWith("name ")),
      () => `the name of a node: ${out}`,
      60_000,
    );
    return out.find((line) => line.startsWith("name "))!.slice(5);
  }
});
