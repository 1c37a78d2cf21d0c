import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAccessPolicy } from "./policy.ts";

const onLoopback = createAccessPolicy({ host: "127.0.0.1", allowOrigin: [] });
const onNetwork = createAccessPolicy({ host: "0.0.0.0", allowOrigin: [] });

function allows(policy: typeof onLoopback, host: string, origin?: string): boolean {
  return policy({ host, origin }) === undefined;
}

describe("Host", () => {
  it("is one of the three loopback names where natter listens on loopback, whatever the port", () => {
    for (const host of ["localhost", "127.0.0.1:9001", "[::1]:8000", "LOCALHOST:1"]) {
      assert.ok(allows(onLoopback, host), host);
    }
    for (const host of [
      "evil.example",
      "evil-localhost",
      "localhost.evil.example",
      "10.0.0.1",
      "127.0.0.1.nip.io",
    ]) {
      assert.ok(!allows(onLoopback, host), host);
    }
  });

  it("may be anything sound where natter listens to the network and no public URL pins it", () => {
    for (const host of ["chat.example", "192.168.1.5:8000", "my_host", "[fe80::1]:80"]) {
      assert.ok(allows(onNetwork, host), host);
    }
    for (const host of [
      undefined,
      "",
      "a b",
      "host:port",
      "user@host",
      "a,b",
      "host/path",
      "a\r\nb",
      "x".repeat(300),
    ]) {
      assert.ok(!allows(onNetwork, host as string), String(host));
    }
  });

  it("is the public URL's or a loopback name where there is a public URL, on any address", () => {
    for (const listening of ["127.0.0.1", "0.0.0.0"]) {
      const policy = createAccessPolicy({
        host: listening,
        publicUrl: new URL("https://chat.example"),
        allowOrigin: [],
      });
      assert.ok(allows(policy, "chat.example"));
      assert.ok(allows(policy, "localhost:8000"));
      assert.ok(!allows(policy, "other.example"));
    }
  });

  it("that is refused is answered with the option that would allow it", () => {
    assert.match(onLoopback({ host: "chat.example" }) ?? "", /--public-url http:\/\/chat\.example/);
  });
});

describe("Origin", () => {
  it("is not sent by programs, and then asks for nothing", () => {
    assert.ok(allows(onLoopback, "localhost"));
  });

  it("needs the host name that the request was sent to, on any port, and loopback names are one", () => {
    for (const origin of [
      "http://localhost:8000",
      "http://127.0.0.1:3000",
      "http://[::1]",
      "https://localhost",
    ]) {
      assert.ok(allows(onLoopback, "localhost:9001", origin), origin);
      assert.ok(allows(onLoopback, "[::1]:9001", origin), origin);
    }
    assert.ok(allows(onNetwork, "192.168.1.5:9001", "http://192.168.1.5:8000"));
  });

  it("of a stranger is refused: another host, null, and hosts that only look like ours", () => {
    const strangers = [
      "https://evil.example",
      "null",
      "http://localhost.evil.example",
      "http://evil-localhost",
      "",
      "x",
      "chrome-extension://localhost",
      "ws://localhost",
    ];
    for (const origin of strangers) {
      assert.ok(!allows(onLoopback, "localhost:9001", origin), origin);
      assert.ok(!allows(onNetwork, "chat.example", origin), origin);
    }
  });

  it("on the list is allowed exactly: scheme, host and port", () => {
    const policy = createAccessPolicy({ host: "0.0.0.0", allowOrigin: ["https://app.example:8443", "null"] });
    assert.ok(allows(policy, "chat.example", "https://app.example:8443"));
    assert.ok(allows(policy, "chat.example", "null"));
    assert.ok(!allows(policy, "chat.example", "http://app.example:8443"));
    assert.ok(!allows(policy, "chat.example", "https://app.example"));
  });

  it("of the public URL is allowed, also where a proxy rewrites Host", () => {
    const publicUrl = new URL("https://chat.example/");
    const policy = createAccessPolicy({ host: "127.0.0.1", publicUrl, allowOrigin: [] });
    assert.ok(allows(policy, "127.0.0.1:8000", "https://chat.example"));
  });

  it("that is refused is answered with the option that would allow it, and without what a terminal would obey", () => {
    const reason = onLoopback({ host: "localhost", origin: "http://evil.example/\u001b[31m" }) ?? "";
    assert.match(reason, /--allow-origin http:\/\/evil\.example/);
    assert.ok(!reason.includes("\u001b"));
  });
});
