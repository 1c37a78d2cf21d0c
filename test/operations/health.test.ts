import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SmallDisk } from "../reliability/support/small-disk.ts";
import { Natter } from "../support/natter.ts";
import { RawClient } from "../support/raw-client.ts";
import { ask } from "./support/ask.ts";
import { scrape, WITH_METRICS } from "./support/metrics.ts";
import { until } from "./support/until.ts";

describe("/healthz and /readyz", () => {
  it("answer 200 to whoever asks, whatever Host and Origin it says, and nothing that a stranger could use", async () => {
    await using natter = await Natter.start();
    const asked: Record<string, string>[] = [
      {},
      { Host: "10.1.2.3:8000" },
      { Origin: "https://evil.example" },
    ];
    for (const headers of asked) {
      const [health, ready] = await Promise.all(
        ["/healthz", "/readyz"].map((path) => ask(natter.port, path, { headers })),
      );
      assert.deepEqual([health?.status, health?.body], [200, "ok\n"]);
      assert.deepEqual([ready?.status, ready?.body], [200, "ready\n"]);
      assert.equal(ready?.headers["cache-control"], "no-cache");
    }
    assert.equal((await ask(natter.port, "/readyz", { method: "HEAD" })).status, 200);
    assert.deepEqual(natter.complaints, []);
  });

  it("P1 P9 say 503 and why while the disk is full, though nobody sends anything, and 200 again once there is room", async (t) => {
    const disk = await SmallDisk.mount(8);
    if (typeof disk === "string") return t.skip(disk);
    await using _ = disk;
    await using natter = await Natter.start(["--data", join(disk.folder, "data"), ...WITH_METRICS]);
    const readiness = () => ask(natter.port, "/readyz");
    assert.equal((await readiness()).status, 200);

    disk.fill();
    const full = await until(readiness, ({ status }) => status === 503, "not ready with a full disk");
    assert.equal(full.body, "Nothing can be stored now: natter's log says why.\n");
    assert.equal((await ask(natter.port, "/healthz")).status, 200);
    const failing = await natter.logged("store_failing");
    assert.equal(failing.level, "error");
    assert.match(`${failing.reason}`, /full/);
    assert.equal((await scrape(natter)).get("natter_store_writable"), 0);

    disk.free();
    await until(readiness, ({ status }) => status === 200, "ready again with room on the disk");
    assert.equal((await scrape(natter)).get("natter_store_writable"), 1);
    assert.equal((await natter.logged("store_recovered")).level, "info");
    const failures = natter.log.filter(({ event }) => event === "store_failing");
    assert.equal(failures.length, 1, "one line for one trouble");

    const plain = await RawClient.connect(natter.wsPort);
    const other = await RawClient.connect(natter.wsPort);
    plain.send("hi");
    assert.match(await other.next(), /: hi$/);
  });
});
