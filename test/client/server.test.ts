import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../reliability/support/eventually.ts";
import { Home } from "../reliability/support/home.ts";
import { runNatter } from "../support/natter.ts";
import { clientSuite } from "./suite.ts";
import { clientOf, listen } from "./support/real.ts";

describe("the client against a real server", () => {
  clientSuite(async () => {
    const home = await Home.start();
    return {
      port: home.wsPort,
      kill: () => home.kill(),
      stop: () => home.stop(),
      start: () => home.start(),
      [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
    };
  });

  it("J4 J6 is told of a log restored from a backup, begins anew, and sends what waits (P5)", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-test-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await using home = await Home.start({ folder: join(folder, "data") });
    await using ada = clientOf(home.wsPort, "Ada");
    const lobby = await ada.join("lobby", { since: "start" });
    const heard = listen(lobby);
    await lobby.send("kept");
    const copy = await runNatter(["backup", join(folder, "copy.db"), "--data", join(folder, "data")]);
    assert.equal(copy.code, 0, copy.err);
    await lobby.send("lost");
    const { epoch } = lobby.position!;
    await home.kill();
    const waiting = lobby.send("after the disaster");
    await rm(join(folder, "data"), { recursive: true });
    const restore = await runNatter(["restore", join(folder, "copy.db"), "--data", join(folder, "data")]);
    assert.equal(restore.code, 0, restore.err);
    let resets = 0;
    lobby.on("reset", () => resets++);
    await home.start();
    ada.connect();
    assert.equal((await waiting).seq, 2);
    await eventually(() => heard.length === 1, "the new log");
    assert.equal(resets, 1);
    assert.deepEqual(heard, ["after the disaster"]);
    assert.notEqual(lobby.position?.epoch, epoch);
    const { events } = await lobby.history();
    assert.deepEqual(
      events.map(({ text }) => text),
      ["kept", "after the disaster"],
    );
  });
});
