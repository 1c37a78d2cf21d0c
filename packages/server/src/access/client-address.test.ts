import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import { addressFault, addressReader, originOf, parseProxies } from "./client-address.ts";

const proxies = parseProxies(["loopback", "10.0.0.0/8", "2001:db8::/32"])!;

function from(peer: string, list?: string, forwarded?: string): string {
  const origination = originOf(peer, { "x-forwarded-for": list, forwarded }, proxies);
  return "address" in origination ? origination.address : "refused";
}

describe("behind a proxy, the address", () => {
  it("is the peer's where no proxy is trusted, or the peer is none of those, whatever the headers say", () => {
    const nobody = parseProxies([])!;
    const headers = { "x-forwarded-for": "1.2.3.4", forwarded: "for=1.2.3.4" };
    assert.deepEqual(originOf("127.0.0.1", headers, nobody), { address: "127.0.0.1" });
    assert.equal(from("192.0.2.1", "1.2.3.4"), "192.0.2.1");
    assert.equal(from("192.0.2.1", undefined, "for=1.2.3.4"), "192.0.2.1");
  });

  it("is the last that is no trusted proxy's: what stands before it anybody can have written", () => {
    assert.equal(from("127.0.0.1", "1.2.3.4"), "1.2.3.4");
    assert.equal(from("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.2.3"), "1.2.3.4");
    assert.equal(from("::1", "127.0.0.1, 8.8.8.8"), "8.8.8.8");
    assert.equal(from("10.0.0.1", "10.0.0.2, 10.0.0.3"), "10.0.0.2");
    assert.equal(from("127.0.0.1", undefined, "for=6.6.6.6, for=1.2.3.4;proto=https"), "1.2.3.4");
  });

  it("is read with port, brackets and quotes, and an IPv4 one in the IPv6 form is an IPv4 one", () => {
    assert.equal(from("127.0.0.1", "1.2.3.4:4711"), "1.2.3.4");
    assert.equal(from("127.0.0.1", "::ffff:1.2.3.4"), "1.2.3.4");
    assert.equal(from("127.0.0.1", "::ffff:cb00:7109"), "203.0.113.9");
    assert.equal(from("127.0.0.1", "0:0:0:0:0:FFFF:CB00:7109"), "203.0.113.9");
    assert.equal(from("127.0.0.1", "8.8.8.8, ::ffff:a01:203"), "8.8.8.8");
    assert.equal(from("127.0.0.1", "2001:db9::7"), "2001:db9::7");
    assert.equal(from("127.0.0.1", undefined, 'For="[2001:db9::7]:4711"; by=10.0.0.1'), "2001:db9::7");
    assert.equal(
      from("127.0.0.1", undefined, 'for=6.6.6.6;host="a, for=7.7.7.7", for="1.2.3.4:80"'),
      "1.2.3.4",
    );
  });

  it("is the proxy's own where it has no such header: it asks for itself", () => {
    assert.equal(from("127.0.0.1"), "127.0.0.1");
  });

  it("is refused where the proxy hides it or says nonsense: its own is loopback, which has no limit", () => {
    for (const list of ["", "unknown", "1.2.3", "1.2.3.4.5", "x", "1.2.3.4,", "<script>"]) {
      assert.equal(from("127.0.0.1", list), "refused", list);
    }
    for (const forwarded of ["", "for=unknown", "for=_hidden", "by=1.2.3.4", 'for="']) {
      assert.equal(from("127.0.0.1", undefined, forwarded), "refused", forwarded);
    }
  });

  it("is what Forwarded says in pairs: nothing within quotes is one, and one that is there twice is refused", () => {
    const forwarded = (header: string) => from("127.0.0.1", undefined, header);
    assert.equal(forwarded('host="x;for=6.6.6.6";for=1.2.3.4'), "1.2.3.4");
    assert.equal(forwarded('for=1.2.3.4;host="x;for=6.6.6.6"'), "1.2.3.4");
    assert.equal(forwarded('for=1.2.3.4;host="\\";for=6.6.6.6"'), "1.2.3.4");
    assert.equal(forwarded(", for=6.6.6.6,, for=1.2.3.4;"), "1.2.3.4");
    for (const header of [
      "for=6.6.6.6;for=1.2.3.4",
      "For=1.2.3.4;fOR=6.6.6.6",
      'for=", for=1.2.3.4',
      "1.2.3.4",
    ]) {
      assert.equal(forwarded(header), "refused", header);
    }
  });

  it("is refused where the two headers do not agree: one of them is the client's own", () => {
    assert.equal(from("127.0.0.1", "1.2.3.4", "for=6.6.6.6"), "refused");
    assert.equal(from("127.0.0.1", "1.2.3.4", "for=1.2.3.4"), "1.2.3.4");
    assert.equal(from("192.0.2.1", "1.2.3.4", "for=6.6.6.6"), "192.0.2.1");
  });

  it("is refused at once where the header is so long that only the time to read it can be meant", () => {
    const since = performance.now();
    assert.equal(from("127.0.0.1", undefined, '"\\'.repeat(8_000)), "refused");
    assert.equal(from("127.0.0.1", "1.2.3.4,".repeat(2_000)), "refused");
    assert.ok(performance.now() - since < 100);
  });

  it("is read in a time that grows with the header and no faster, whatever stands in it", () => {
    const spaces = " ".repeat(2_000);
    for (const header of [
      `for=1.2.3.4,${spaces}"`,
      `for=1.2.3.4${spaces}"`,
      `${"a".repeat(2_000)}"`,
      `for=${"a".repeat(2_000)}"`,
      `for="${'\\"'.repeat(1_000)}`,
      `${" ,".repeat(1_000)}"`,
    ]) {
      const since = performance.now();
      for (let count = 0; count < 100; count++) {
        assert.equal(from("127.0.0.1", undefined, header), "refused");
      }
      const ms = performance.now() - since;
      assert.ok(ms < 100, `${ms} ms for a hundred of ${header.slice(0, 20)}`);
    }
  });

  it("is read once for a request, whoever asks", () => {
    let reads = 0;
    const headers = {
      get forwarded() {
        reads++;
        return "for=1.2.3.4";
      },
    };
    const request = { headers, socket: { remoteAddress: "127.0.0.1" } } as unknown as IncomingMessage;
    for (let count = 0; count < 2; count++) {
      assert.equal(addressFault(request, proxies), undefined);
      assert.equal(addressReader(proxies)(request, "127.0.0.1"), "1.2.3.4");
    }
    assert.equal(reads, 1);
  });

  it("is trusted by address, network or loopback, and by nothing else", () => {
    for (const name of ["127.0.0.1", "::1", "10.0.0.0/8", "fd00::/8", "0.0.0.0/0", "loopback"]) {
      assert.ok(parseProxies([name]), name);
    }
    for (const name of ["localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0", "::/129", "*"]) {
      assert.equal(parseProxies([name]), undefined, name);
    }
    assert.ok(proxies.trusts("127.9.9.9") && !proxies.trusts("11.0.0.1") && !proxies.trusts("nobody"));
  });
});
