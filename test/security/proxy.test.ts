import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Natter } from "../support/natter.ts";
import { RawClient, refusal } from "../support/raw-client.ts";

const from = (list: string) => ({ headers: { "X-Forwarded-For": list } });

describe("behind a proxy", () => {
  it("that --trust-proxy names, limits are those of the address that it tells, and nobody gets around them", async () => {
    await using natter = await Natter.start([
      "--trust-proxy",
      "loopback",
      "--max-connections-per-address",
      "2",
    ]);
    for (const port of [natter.port, natter.wsPort]) await RawClient.connect(port, from("198.51.100.7"));
    // What stands before the last untrusted hop the client wrote itself.
    for (const list of ["198.51.100.7", "6.6.6.6, 198.51.100.7", "127.0.0.1, 198.51.100.7, 127.0.0.1"]) {
      assert.equal((await refusal(natter.wsPort, from(list))).status, 429, list);
    }
    assert.equal(
      (await refusal(natter.port, { headers: { Forwarded: 'for="198.51.100.7:1"' } })).status,
      429,
    );
    await (await RawClient.connect(natter.wsPort, from("198.51.100.8"))).leave();
  });

  it("that tells two things a request is refused, for one of them the client wrote", async () => {
    await using natter = await Natter.start(["--trust-proxy", "127.0.0.1"]);
    const headers = { "X-Forwarded-For": "198.51.100.7", Forwarded: "for=6.6.6.6" };
    for (const port of [natter.port, natter.wsPort]) {
      const { status, body } = await refusal(port, { headers });
      assert.equal(status, 400);
      assert.match(body, /do not agree/);
    }
  });

  it("that hides for whom it asks, or says it twice, a request is refused, and not taken for this machine's own", async () => {
    await using natter = await Natter.start(["--trust-proxy", "loopback"]);
    for (const headers of [
      { "X-Forwarded-For": "unknown" },
      { "X-Forwarded-For": "198.51.100.7, " },
      { Forwarded: "for=_hidden" },
      { Forwarded: "for=198.51.100.7;for=6.6.6.6" },
    ]) {
      for (const port of [natter.port, natter.wsPort]) {
        const { status, body } = await refusal(port, { headers });
        assert.equal(status, 400, JSON.stringify(headers));
        assert.match(body, /does not say for whom/);
      }
    }
  });

  it("that nobody named, what it tells is ignored: a client cannot choose its address, nor spend another's rate", async () => {
    for (const trust of [[], ["--trust-proxy", "192.0.2.0/24"]]) {
      await using natter = await Natter.start([...trust, "--max-connections-per-address", "2"]);
      // All from loopback, which is exempt, whatever they say.
      for (let count = 0; count < 4; count++) await RawClient.connect(natter.wsPort, from("198.51.100.7"));
      const headers = { "X-Forwarded-For": "198.51.100.7", Forwarded: "for=6.6.6.6" };
      await (await RawClient.connect(natter.wsPort, { headers })).leave();
    }
  });
});
