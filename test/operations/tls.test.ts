import assert from "node:assert/strict";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { Natter, runNatter } from "../support/natter.ts";
import { inTime, RawClient } from "../support/raw-client.ts";
import { ask } from "./support/ask.ts";
import { CertificateFolder } from "./support/certificate.ts";
import { scrape, WITH_METRICS } from "./support/metrics.ts";

async function withCertificates(
  t: TestContext,
  test: (made: CertificateFolder) => Promise<void>,
): Promise<void> {
  const made = await CertificateFolder.make();
  if (typeof made === "string") return t.skip(made);
  await using _ = made;
  await test(made);
}

function secure(ca: string): { open: (port: number) => TLSSocket } {
  return { open: (port) => connectTls({ host: "127.0.0.1", port, ca, servername: "localhost" }) };
}

describe("natter with --tls-cert and --tls-key", () => {
  it("speaks TLS on both ports, to plain clients and natter.v1, for the page too, and says so in its greeting", async (t) => {
    await withCertificates(t, async (made) => {
      const { cert, key, pem } = made.issue();
      const few = ["--max-connections", "100"]; // it would warn of 20,000 where fewer files may be open
      await using natter = await Natter.start(["--tls-cert", cert, "--tls-key", key, ...few]);
      assert.match(natter.out[1] ?? "", /^ {2}Page {7}https:\/\/localhost:\d+$/);
      assert.match(natter.out[2] ?? "", /^ {2}WebSocket {2}wss:\/\/localhost:\d+$/);
      const page = await ask(natter.port, "/client.html", { ca: pem, servername: "localhost" });
      assert.equal(page.status, 200);
      assert.match(String(page.headers["content-security-policy"]), /wss:\/\/127\.0\.0\.1/);
      assert.equal((await ask(natter.port, "/readyz", { ca: pem })).body, "ready\n");

      const headers = { "Sec-WebSocket-Protocol": "natter.v1" };
      for (const port of [natter.port, natter.wsPort]) {
        const one = await RawClient.connect(port, secure(pem));
        const two = await RawClient.connect(port, secure(pem));
        assert.match(await one.next(), /^New client \(\d+\) connected$/);
        two.send("over TLS");
        assert.match(await one.next(), / : over TLS$/);
        const v1 = await RawClient.connect(port, { ...secure(pem), headers });
        v1.send('{"type":"hello","name":"Ada"}');
        assert.match(await v1.next(), /"type":"welcome"/);
        await Promise.all([one.leave(), two.leave(), v1.leave()]);
        // Who does not speak TLS gets nowhere, and harms nobody.
        await assert.rejects(RawClient.connect(port));
      }
      assert.deepEqual(natter.complaints, []);
      // One whose handshake is never done does not hold up the end.
      const silent = connect(natter.port, "127.0.0.1").on("error", () => {});
      await new Promise((resolve) => silent.once("connect", resolve));
      const before = performance.now();
      assert.equal(await natter.stop(), 0);
      assert.ok(performance.now() - before < 5_000);
    });
  });

  it("takes a new certificate at SIGHUP and drops nobody; one that does not fit is left, with a line in the log", async (t) => {
    await withCertificates(t, async (made) => {
      const { cert, key, pem } = made.issue();
      await using natter = await Natter.start(["--tls-cert", cert, "--tls-key", key, ...WITH_METRICS]);
      const old = await RawClient.connect(natter.wsPort, secure(pem));
      const onPagePort = await RawClient.connect(natter.port, secure(pem));
      await old.next(); // the other one came
      const ends = (await scrape(natter)).get("natter_certificate_end_timestamp_seconds")!;
      assert.ok(ends * 1_000 > Date.now(), "in two days");

      const stranger = made.issue("other");
      copyFileSync(stranger.key, key);
      natter.child.kill("SIGHUP");
      const kept = await natter.logged("certificate_kept");
      assert.match(String(kept.reason), /do not belong together/);
      await (await RawClient.connect(natter.wsPort, secure(pem))).leave();

      const renewed = made.issue();
      natter.child.kill("SIGHUP");
      await natter.logged("certificate_loaded");
      for (const port of [natter.port, natter.wsPort]) {
        await (await RawClient.connect(port, secure(renewed.pem))).leave();
        await assert.rejects(RawClient.connect(port, secure(pem)), "the old one is not shown any more");
      }
      onPagePort.send("still here");
      let heard = "";
      while (!heard.endsWith("still here")) heard = await inTime(old.next(), "the line");
    });
  });

  it("says in one sentence which file is missing, unreadable, no certificate, no key, or does not belong", async (t) => {
    await withCertificates(t, async (made) => {
      const { cert, key } = made.issue();
      const other = made.issue("other");
      const junk = join(made.folder, "junk.pem");
      writeFileSync(junk, "junk");
      const wrong: [string[], number, RegExp][] = [
        [["--tls-cert", cert], 2, /^natter: --tls-cert and --tls-key go together: .*\.$/],
        [["--tls-key", key], 2, /^natter: --tls-cert and --tls-key go together: .*\.$/],
        [
          ["--tls-cert", `${cert}x`, "--tls-key", key],
          1,
          /chat\.crtx cannot be read \(ENOENT\): .*--tls-cert\.$/,
        ],
        [["--tls-cert", cert, "--tls-key", made.folder], 1, /cannot be read \(EISDIR\): .*--tls-key\.$/],
        [
          ["--tls-cert", junk, "--tls-key", key],
          1,
          /junk\.pem is no certificate in PEM form: .*--tls-cert\.$/,
        ],
        [["--tls-cert", cert, "--tls-key", junk], 1, /junk\.pem is no private key .*--tls-key\.$/],
        [
          ["--tls-cert", cert, "--tls-key", other.key],
          1,
          /chat\.crt and the key \S+ do not belong together\.$/,
        ],
      ];
      if (process.getuid?.() !== 0) {
        chmodSync(other.key, 0);
        wrong.push([["--tls-cert", other.cert, "--tls-key", other.key], 1, /cannot be read \(EACCES\)/]);
      }
      const rest = ["--port", "0", "--ws-port", "0", "--data", join(made.folder, "data")];
      for (const [args, expected, sentence] of wrong) {
        const { code, out, err } = await runNatter([...rest, ...args]);
        assert.deepEqual([code, out], [expected, ""], err);
        assert.match(err, sentence);
        assert.ok(!err.includes("\n"), err);
      }
    });
  });
});
