import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Natter, Program, runNatter } from "./support/natter.ts";
import { inTime, RawClient } from "./support/raw-client.ts";

/** Both ports can be opened again, by anybody. */
async function portsAreFree(...ports: number[]): Promise<void> {
  for (const port of ports) {
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once("error", reject).listen(port, "127.0.0.1", resolve),
    );
    await new Promise((resolve) => server.close(resolve));
  }
}

/** It would warn of 20,000 where fewer files may be open. */
const FEW = ["--max-connections", "100"];

describe("natter, starting", () => {
  it("prints its two addresses and its data folder, and makes the folder", async () => {
    const parent = await mkdtemp(join(tmpdir(), "natter-test-"));
    await using natter = await Natter.start(["--data", join(parent, "new", "data"), ...FEW]);
    assert.match(natter.out[1] ?? "", /^ {2}Page {7}http:\/\/localhost:\d+$/);
    assert.match(natter.out[2] ?? "", /^ {2}WebSocket {2}ws:\/\/localhost:\d+$/);
    assert.equal(natter.out[3], `  Data       ${join(parent, "new", "data")}`);
    assert.deepEqual(await readdir(join(parent, "new")), ["data"]);
    assert.deepEqual(natter.complaints, []);
    await natter.stop();
    await rm(parent, { recursive: true });
  });

  it("says in one sentence that a port is taken, by which option to change it, and exits with 1", async () => {
    await using natter = await Natter.start();
    const data = ["--data", join(tmpdir(), "natter-test-taken")];
    const page = await runNatter(["--port", String(natter.port), "--ws-port", "0", ...data]);
    assert.deepEqual([page.code, page.out], [1, ""]);
    assert.match(page.err, /^natter: port \d+ is taken: .*--port\.$/);
    const plain = await runNatter(["--port", "0", "--ws-port", String(natter.wsPort), ...data]);
    assert.equal(plain.code, 1);
    assert.match(plain.err, /^natter: port \d+ is taken: .*--ws-port\.$/);
    await rm(join(tmpdir(), "natter-test-taken"), { recursive: true });
  });

  it("says in one sentence that an address is not this machine's, and exits with 1", async () => {
    const { code, err } = await runNatter(["--host", "192.0.2.1", "--port", "0", "--ws-port", "0"]);
    assert.equal(code, 1);
    assert.match(err, /^natter: 192\.0\.2\.1 is not an address of this machine: .*--host\.$/);
  });

  it("says in one sentence that the data folder cannot be written, and exits with 1", async (t) => {
    const parent = await mkdtemp(join(tmpdir(), "natter-test-"));
    t.after(() => rm(parent, { recursive: true }));
    await writeFile(join(parent, "file"), "");
    for (const folder of [join(parent, "file"), join(parent, "file", "below")]) {
      const { code, err } = await runNatter(["--port", "0", "--ws-port", "0", "--data", folder]);
      assert.equal(code, 1);
      assert.match(
        err,
        /^natter: data folder \S+ cannot be written \(there is a file in its place\): .*--data\.$/,
      );
    }
    if (process.getuid?.() === 0) return; // root writes everywhere
    chmodSync(parent, 0o500);
    const { code, err } = await runNatter(["--port", "0", "--ws-port", "0", "--data", join(parent, "data")]);
    assert.equal(code, 1);
    assert.match(err, /cannot be written \(EACCES\)/);
  });

  it("says in one sentence what is wrong with an option, and exits with 2", async () => {
    const { code, out, err } = await runNatter(["--port", "http"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^natter: --port must be a port, .*"http"\.$/);
    assert.equal((await runNatter([], { NATTER_MESSAGE_RATE: "fast" })).code, 2);
  });

  it("prints help or its version, and exits with 0", async () => {
    const help = await runNatter(["--help"]);
    assert.deepEqual([help.code, help.err], [0, ""]);
    assert.match(help.out, /--ws-port PORT/);
    assert.match((await runNatter(["--version"])).out, /^\d+\.\d+\.\d+$/);
  });
});

describe("natter, stopping", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`on ${signal} tells its clients with 1001, frees its ports, and exits with 0 within five seconds`, async () => {
      await using natter = await Natter.start(FEW);
      const polite = await RawClient.connect(natter.wsPort);
      const deaf = await RawClient.connect(natter.port, { paused: true });
      await polite.next(); // "New client (2) connected"
      const before = performance.now();
      assert.equal(await natter.stop(signal), 0);
      assert.ok(performance.now() - before < 5_000);
      assert.deepEqual(await polite.closed, { code: 1001, reason: "The server is stopping." });
      deaf.vanish();
      await portsAreFree(natter.port, natter.wsPort);
      assert.deepEqual(natter.complaints, []);
    });
  }

  it("takes two signals within half a second for one: a terminal and npm both send Ctrl-C", async () => {
    await using natter = await Natter.start();
    const client = await RawClient.connect(natter.wsPort);
    natter.child.kill("SIGINT");
    natter.child.kill("SIGINT");
    assert.equal((await client.closed).code, 1001);
    assert.equal(await inTime(natter.exited, "the end"), 0);
  });

  it("does not mind that nobody reads what it prints", async () => {
    await using natter = await Natter.start();
    natter.child.stdout?.destroy();
    const one = await RawClient.connect(natter.wsPort);
    const two = await RawClient.connect(natter.wsPort);
    assert.equal(await one.next(), "New client (2) connected");
    two.send("still here");
    assert.equal(await one.next(), "Client (2) : still here");
  });
});

describe("npm start", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`passes options on, and on ${signal} leaves no process behind and exits with 0`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "natter-test-"));
      const ports = ["--port", "0", "--ws-port", "0"];
      const npm = new Program("npm", ["start", "--", ...ports, "--data", folder], { env: withoutNpm() });
      const port = Number((await npm.line(/http:\/\/localhost:(\d+)$/))[1]);
      const wsPort = Number((await npm.line(/ws:\/\/localhost:(\d+)$/))[1]);
      const client = await RawClient.connect(wsPort);
      npm.child.kill(signal);
      assert.equal((await client.closed).code, 1001);
      assert.equal(await inTime(npm.exited, "npm to end"), 0);
      await portsAreFree(port, wsPort);
      await rm(folder, { recursive: true });
    });
  }
});

/** The environment without what the npm that runs this test put there. */
function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/i.test(name)),
  );
}
