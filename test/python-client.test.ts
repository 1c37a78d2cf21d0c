import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { Natter, ROOT } from "./support/natter.ts";
import { inTime, RawClient } from "./support/raw-client.ts";

const noPython =
  spawnSync("python3", ["--version"]).status === 0 ? false : "there is no python3 on this machine";

describe("examples/plain_client.py", { skip: noPython }, () => {
  it("chats with anybody: Python's standard library is enough for a plain client", async () => {
    await using natter = await Natter.start();
    const listener = await RawClient.connect(natter.wsPort, { path: "/team" });
    const url = `ws://localhost:${natter.wsPort}/team?name=Py`;
    const python = spawn("python3", ["examples/plain_client.py", url], { cwd: ROOT });
    const heard = createInterface({ input: python.stdout })[Symbol.asyncIterator]();

    assert.equal(await listener.next(), "New client (Py) connected");
    const lines = ["hi", "", "grüß dich 👋", "x".repeat(500)];
    python.stdin.write(lines.map((line) => `${line}\n`).join(""));
    assert.deepEqual(
      await listener.take(lines.length),
      lines.map((line) => `Client (Py) : ${line}`),
    );
    listener.send("hi, Py");
    assert.equal((await inTime(heard.next(), "a line from Python")).value, "Client (1) : hi, Py");
    python.stdin.end();
    assert.equal(await listener.next(), "Client (Py) left");
  });
});
