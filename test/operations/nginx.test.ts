import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { freePort } from "../reliability/support/home.ts";
import { openBrowser } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";
import { RawClient } from "../support/raw-client.ts";
import { ask } from "./support/ask.ts";
import { CertificateFolder } from "./support/certificate.ts";
import { Nginx } from "./support/nginx.ts";
import { until } from "./support/until.ts";

const V1 = { "Sec-WebSocket-Protocol": "natter.v1" };

type Behind = { natter: Natter; nginx: Nginx; ca: string; open: (port: number, from?: string) => TLSSocket };

describe("natter behind nginx with examples/nginx/natter.conf", { skip: Nginx.isMissing }, () => {
  async function behindNginx(test: (of: Behind & { startAgain: () => Promise<Natter> }) => Promise<void>) {
    const made = await CertificateFolder.make();
    if (typeof made === "string") throw new Error(made);
    await using _ = made;
    const { cert, key, pem } = made.issue();
    const port = await freePort();
    const args = ["--public-url", `https://localhost:${port}`, "--trust-proxy", "loopback"];
    const start = (more: readonly string[] = []): Promise<Natter> =>
      Natter.start([...args, "--log-level", "debug", ...more]);
    await using natter = await start();
    await using nginx = await Nginx.start({ port, natterPort: natter.port, cert, key });
    const again = ["--port", `${natter.port}`, "--data", natter.folder];
    const open = (tlsPort: number, localAddress = "127.0.0.1"): TLSSocket =>
      connectTls({
        socket: connect({ host: "127.0.0.1", port: tlsPort, localAddress }),
        ca: pem,
        servername: "localhost",
      });
    await test({ natter, nginx, ca: pem, open, startAgain: () => start(again) });
    assert.deepEqual(
      nginx.complaints.filter((line) => !line.includes("[notice]") && !line.includes("Connection refused")),
      [],
    );
  }

  it("serves the page over https, sends http there, and keeps what watches over natter to itself", async () => {
    await behindNginx(async ({ nginx, ca }) => {
      const page = await ask(nginx.port, "/", { ca, headers: { Host: `localhost:${nginx.port}` } });
      assert.equal(page.status, 200);
      assert.match(String(page.headers["content-type"]), /^text\/html/);
      assert.equal(page.headers["strict-transport-security"], "max-age=86400");
      assert.match(
        String(page.headers["content-security-policy"]),
        new RegExp(`wss://localhost:${nginx.port}`),
      );
      const moved = await ask(nginx.plainPort, "/r/team?x=1", { headers: { Host: "localhost" } });
      assert.deepEqual([moved.status, moved.headers.location], [301, "https://localhost/r/team?x=1"]);
      for (const path of ["/healthz", "/readyz"])
        assert.equal((await ask(nginx.port, path, { ca })).status, 404);
    });
  });

  it("P5 carries plain clients and natter.v1 over wss, a browser's too, and no other site's page", async () => {
    await behindNginx(async ({ nginx, ca, open }) => {
      const plain = await RawClient.connect(nginx.port, { open, host: "localhost", path: "/team" });
      const v1 = await RawClient.connect(nginx.port, { open, host: "localhost", headers: V1 });
      v1.send('{"type":"hello","name":"Ada"}').send('{"type":"join","room":"team"}');
      assert.equal(await plain.next(), "New client (Ada) connected");
      v1.send('{"type":"send","room":"team","id":"a","text":"over two hops"}');
      assert.equal(await plain.next(), "Client (Ada) : over two hops");
      const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
      const headers = {
        ...upgrade,
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        Origin: "https://evil.example",
      };
      assert.equal((await ask(nginx.port, "/team", { ca, headers })).status, 403);

      const browser = await openBrowser();
      try {
        const page = await browser.newPage({ ignoreHTTPSErrors: true });
        await page.goto(`https://localhost:${nginx.port}/client.html`);
        await page.getByText("onopen").waitFor();
      } finally {
        await browser.close();
      }
    });
  });

  it("M1 tells natter for whom it asks, and not what a client says of itself", async () => {
    await behindNginx(async ({ natter, nginx, open }) => {
      const claims = { "X-Forwarded-For": "192.0.2.1", Forwarded: "for=192.0.2.2" };
      const from = (address: string) => (port: number) => open(port, address);
      const options = { host: "localhost", headers: claims };
      const one = await RawClient.connect(nginx.port, { ...options, open: from("127.0.0.5") });
      const two = await RawClient.connect(nginx.port, { ...options, open: from("127.0.0.6") });
      const addresses = await until(
        () => natter.log.filter(({ event }) => event === "connected").map(({ address }) => address),
        ({ length }) => length === 2,
        "both connections in the log",
      );
      assert.deepEqual(addresses, ["127.0.0.5", "127.0.0.6"]);
      await Promise.all([one.leave(), two.leave()]);
    });
  });

  it("X7 passes on that natter restarts, 1012 and 1001, and finds it again", async () => {
    await behindNginx(async ({ natter, nginx, ca, open, startAgain }) => {
      const plain = await RawClient.connect(nginx.port, { open, host: "localhost" });
      const v1 = await RawClient.connect(nginx.port, { open, host: "localhost", headers: V1 });
      v1.send('{"type":"hello","name":"Ada"}');
      assert.match(await v1.next(), /"welcome"/);
      natter.child.kill("SIGTERM");
      assert.match(await v1.next(), /"code":"restarting".*"retryAfterMs":\d+/);
      assert.equal((await v1.closed).code, 1012);
      assert.equal((await plain.closed).code, 1001);
      assert.equal(await natter.exited, 0);
      assert.equal((await ask(nginx.port, "/", { ca })).status, 502);

      await using again = await startAgain();
      assert.equal(again.port, natter.port);
      const back = await until(
        () => RawClient.connect(nginx.port, { open, host: "localhost", headers: V1 }).catch(() => undefined),
        (client) => client !== undefined,
        "nginx finds natter again",
        30_000,
      );
      back!.send('{"type":"hello","name":"Ada"}');
      assert.match(await back!.next(), /"welcome"/);
      await back!.leave();
    });
  });
});
