import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Natter } from "./support/natter.ts";
import { RawClient, rawExchange, refusal } from "./support/raw-client.ts";

const STRANGERS = ["https://evil.example", "null", "http://localhost.evil.example", "http://evil-localhost"];

describe("on loopback, both ports", () => {
  let natter: Natter;
  before(async () => {
    natter = await Natter.start();
  });
  after(() => natter[Symbol.asyncDispose]());

  it("refuse a stranger's Origin with 403, in the answer and in the log naming the option that would allow it", async () => {
    for (const port of [natter.port, natter.wsPort]) {
      for (const Origin of STRANGERS) {
        const answer = await refusal(port, { headers: { Origin } });
        assert.equal(answer.status, 403, Origin);
        assert.match(answer.body, new RegExp(`--allow-origin ${Origin}`));
      }
    }
    await natter.line(/"event":"refused","status":403,.*--allow-origin https:\/\/evil\.example/, natter.err);
  });

  it("let in pages from this machine under any of its names, and programs, which have no Origin", async () => {
    const origins = ["http://localhost:8000", "http://127.0.0.1:5173", "http://[::1]:8000", undefined];
    for (const port of [natter.port, natter.wsPort]) {
      for (const Origin of origins) {
        const client = await RawClient.connect(port, { headers: { Origin } });
        await client.leave();
      }
    }
  });

  it("refuse a Host that is not this machine's own name (DNS rebinding), for upgrades and for the page", async () => {
    for (const Host of [
      "evil.example",
      `evil.example:${natter.port}`,
      "localhost.evil.example",
      "10.0.0.1",
    ]) {
      for (const port of [natter.port, natter.wsPort]) {
        const answer = await refusal(port, { headers: { Host } });
        assert.equal(answer.status, 403, Host);
        assert.match(answer.body, /--public-url/);
      }
      for (const path of ["/", "/client.html", "/nothing"]) {
        const request = `GET ${path} HTTP/1.1\r\nHost: ${Host}\r\nConnection: close\r\n\r\n`;
        const answer = await rawExchange(natter.port, request);
        assert.equal(answer.status, 403, path);
        assert.match(answer.body, /--public-url/);
      }
    }
  });

  it("answer a path that is none, and a Host that no name is so long, in plain text and without more", async () => {
    const long = `Host: ${"x".repeat(10_000)}`;
    for (const [request, status] of [
      ["GET /% HTTP/1.1\r\nHost: localhost", 400],
      [`GET / HTTP/1.1\r\n${long}`, 403],
    ] as const) {
      const answer = await rawExchange(natter.port, `${request}\r\nConnection: close\r\n\r\n`);
      assert.equal(answer.status, status);
      assert.match(answer.head, /x-content-type-options: nosniff/i);
      assert.ok(answer.body.length < 200);
    }
  });

  it("refuse the page to a stranger's Origin as well", async () => {
    const answer = await fetch(`http://localhost:${natter.port}/`, {
      headers: { Origin: "https://evil.example" },
    });
    assert.equal(answer.status, 403);
  });
});

describe("the options for access", () => {
  it("--allow-origin and --public-url let in what they name, and nothing else", async () => {
    const options = ["--allow-origin", "https://app.example", "--public-url", "https://chat.example"];
    await using natter = await Natter.start(options);
    const welcome: Record<string, string>[] = [
      { Origin: "https://app.example" },
      { Origin: "https://chat.example" },
      { Origin: "https://chat.example", Host: "chat.example" },
      { Host: "chat.example" },
    ];
    for (const headers of welcome) await (await RawClient.connect(natter.port, { headers })).leave();
    for (const Origin of STRANGERS) {
      assert.equal((await refusal(natter.port, { headers: { Origin, Host: "chat.example" } })).status, 403);
    }
    assert.equal((await refusal(natter.port, { headers: { Host: "other.example" } })).status, 403);
  });
});

describe("the pages", () => {
  let natter: Natter;
  before(async () => {
    natter = await Natter.start();
  });
  after(() => natter[Symbol.asyncDispose]());

  const get = (path: string) => fetch(`http://localhost:${natter.port}${path}`);

  it("come with a Content-Security-Policy that closes everything they do not need", async () => {
    const policy = (await get("/")).headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'/);
    for (const closed of ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(closed), closed);
    }
    assert.ok(!policy.includes("unsafe"));
  });

  it("name in /client.html's own policy the hashes of its script and style, and its WebSocket address", async () => {
    const answer = await get("/client.html");
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.match(policy, /script-src 'sha256-[\w+/]+=*'/);
    assert.ok(policy.includes(`connect-src ws://localhost:${natter.wsPort} wss://localhost:${natter.port}`));
    assert.ok(!policy.includes("unsafe"));
    assert.ok((await answer.text()).includes(`content="${natter.wsPort}"`));
  });

  it("connect to the port they came from behind a public URL", async () => {
    await using behindProxy = await Natter.start(["--public-url", "https://chat.example"]);
    const answer = await fetch(`http://localhost:${behindProxy.port}/client.html`);
    assert.match(
      answer.headers.get("content-security-policy") ?? "",
      /connect-src ws:\/\/localhost:\d+ wss:/,
    );
    assert.ok((await answer.text()).includes('name="websocket-port" content=""'));
  });

  it("are nosniff, and what is not there is 404 in plain text", async () => {
    for (const path of ["/", "/client.html", "/icon.svg"]) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    }
    for (const path of ["/nothing", "/../package.json", "/%2e%2e/package.json", "/client.html/"]) {
      const answer = await get(path);
      assert.equal(answer.status, 404, path);
      assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);
    }
  });
});
