// How the built page is served. The size of what a visitor waits for is held here too.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { createAccessPolicy } from "../../packages/server/src/access/policy.ts";
import { createApp } from "../../packages/server/src/http/app.ts";
import { builtPage } from "../../packages/server/src/http/chat-page.ts";
import { NO_METERS } from "../../packages/server/src/metrics/meters.ts";
import { openBrowser, openPage } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";

/** Of what the browser has to have before it shows anything, gzipped. */
const MAX_SCRIPT_BYTES = 45_000;
const MAX_STYLE_BYTES = 8_000;

const DIST = builtPage();

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };
type Asked = { method?: string; headers?: Record<string, string> };

/** Asks for the path as it is written, where fetch would tidy it up. */
function ask(port: number, path: string, { method = "GET", headers = {} }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: "localhost", port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) });
      });
    })
      .once("error", reject)
      .end();
  });
}

function asset(extension: string): string {
  return `/assets/${globSync(`index-*.${extension}`, { cwd: join(DIST, "assets") })[0]}`;
}

describe("the chat page, as it is served", () => {
  let natter: Natter;
  before(async () => {
    natter = await Natter.start();
  });
  after(() => natter[Symbol.asyncDispose]());

  const get = (path: string, asked?: Asked) => ask(natter.port, path, asked);

  it("is the same at / and at the address of every room, even of one that no room can have", async () => {
    const page = readFileSync(join(DIST, "index.html"));
    for (const path of [
      "/",
      "/?a=b",
      "/r/team",
      "/r/team/",
      `/r/${"x".repeat(500)}`,
      "/r/%F0%9F%90%99",
      "/r/",
    ]) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
      assert.deepEqual(answer.body, page, path);
    }
  });

  it("has nothing inline, and names its files from the root, for it is opened under /r/ as well", () => {
    const html = readFileSync(join(DIST, "index.html"), "utf8");
    assert.doesNotMatch(html, /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/);
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!);
    assert.ok(links.length >= 3);
    for (const link of links) {
      assert.match(link, /^\/[^/]/);
      assert.ok(existsSync(join(DIST, link)), link);
    }
  });

  it("may load and connect only where it came from, and make no text into markup", async () => {
    const { headers } = await get("/r/team");
    const own = `'self' ws://localhost:${natter.port} wss://localhost:${natter.port}`;
    assert.deepEqual(String(headers["content-security-policy"]).split("; "), [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "font-src 'self'",
      "media-src 'self'",
      "manifest-src 'self'",
      `connect-src ${own}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  it("has a policy with no more than 'self' where the host cannot be named in one", async () => {
    const { headers } = await get("/", { headers: { Host: `[::1]:${natter.port}` } });
    assert.match(String(headers["content-security-policy"]), /; connect-src 'self'; /);
  });

  it("lets /client.html connect to no other host either, and tells it then to connect where it came from", async () => {
    const { headers, body } = await get("/client.html", { headers: { Host: `[::1]:${natter.port}` } });
    assert.match(headers["content-security-policy"] as string, /connect-src 'self';/);
    assert.match(body.toString(), /<meta name="websocket-port" content="">/);
  });

  it("opens in Chromium under that policy without a complaint", async () => {
    await using browser = await openBrowser();
    for (const path of ["/", "/r/team"]) {
      const { page, complaints } = await openPage(browser, `http://localhost:${natter.port}${path}`);
      await page.locator("#app > *").first().waitFor();
      await assert.rejects(
        page.evaluate(() => {
          document.body.innerHTML = "<b>markup</b>";
        }),
        /TrustedHTML/,
      );
      assert.deepEqual(
        complaints.filter((complaint) => !complaint.includes("TrustedHTML")),
        [],
      );
    }
  });

  it("is asked for again at every opening, and answered with 304 while it is the same", async () => {
    const { headers } = await get("/");
    assert.equal(headers["cache-control"], "no-cache");
    const etag = headers.etag!;
    assert.match(etag, /^"[\w-]{43}"$/);
    for (const known of [etag, `"other", ${etag}`, `W/${etag}`]) {
      const again = await get("/r/team", { headers: { "If-None-Match": known } });
      assert.equal(again.status, 304, known);
      assert.equal(again.body.length, 0);
      assert.equal(again.headers.etag, etag);
    }
    assert.equal((await get("/", { headers: { "If-None-Match": '"other"' } })).status, 200);
  });

  it("has files whose names change with their content, so that browsers keep them for ever", async () => {
    for (const [path, type] of [
      [asset("js"), /^(application|text)\/javascript/],
      [asset("css"), /^text\/css/],
    ] as const) {
      const { status, headers } = await get(path);
      assert.equal(status, 200);
      assert.match(headers["content-type"]!, type);
      assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.match(String(headers["content-security-policy"]), /^default-src 'none'; base-uri/);
      const again = await get(path, { headers: { "If-None-Match": headers.etag! } });
      assert.equal(again.status, 304);
    }
  });

  it("sends them compressed as the browser understands, Brotli before gzip, and says what that depends on", async () => {
    const path = asset("js");
    const plain = readFileSync(join(DIST, path));
    for (const [accepted, encoding, unpack] of [
      ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
      ["gzip, deflate", "gzip", gunzipSync],
      ["br;q=0, gzip", "gzip", gunzipSync],
      ["identity", undefined, (body: Buffer) => body],
      ["zstd", undefined, (body: Buffer) => body],
    ] as const) {
      const { headers, body } = await get(path, { headers: { "Accept-Encoding": accepted } });
      assert.equal(headers["content-encoding"], encoding, accepted);
      assert.match(headers.vary!, /accept-encoding/i);
      assert.match(headers["content-type"]!, /javascript/);
      assert.ok(encoding === undefined || body.length < plain.length / 2);
      assert.deepEqual(unpack(body), plain);
    }
  });

  it("has an icon for every count of unread messages, and a manifest to install it with", async () => {
    const counts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((count) => `icon-${count}`);
    const icons = new Set<string>();
    for (const name of ["icon", ...counts, "icon-many"]) {
      const { status, headers, body } = await get(`/${name}.svg`);
      assert.equal(status, 200, name);
      assert.equal(headers["content-type"], "image/svg+xml");
      assert.equal(headers["cache-control"], "public, max-age=86400");
      icons.add(body.toString());
    }
    assert.equal(icons.size, 11);
    const { headers, body } = await get("/manifest.webmanifest");
    assert.match(headers["content-type"]!, /^application\/manifest\+json/);
    const manifest = JSON.parse(body.toString());
    assert.equal(manifest.start_url, "/");
    for (const { src } of manifest.icons) assert.equal((await get(src)).status, 200);
  });

  it("answers HEAD with the same head and nothing after it", async () => {
    for (const path of ["/", "/r/team", asset("js"), "/icon.svg", "/nothing"]) {
      const [whole, head] = [await get(path), await get(path, { method: "HEAD" })];
      assert.equal(head.status, whole.status, path);
      assert.equal(head.body.length, 0);
      for (const name of [
        "content-type",
        "content-length",
        "etag",
        "cache-control",
        "content-security-policy",
      ]) {
        assert.equal(head.headers[name], whole.headers[name], `${path}: ${name}`);
      }
    }
  });

  it("is 404 in plain text for other methods, and for whatever is no part of it", async () => {
    const paths = [
      "/nothing",
      "/index.html",
      "/assets",
      "/assets/",
      "/assets/nothing.js",
      "/icon-10.svg",
      "/r",
      "/.vite/manifest.json",
      "/.natter-sources",
      "/assets/../index.html",
      "/assets/..%2findex.html",
      "/assets/../..%2fpackage.json",
      "/assets/..%2f..%2fpackage.json",
      "/assets/..%5c..%5cpackage.json",
      "/assets/%2e%2e/%2e%2e/package.json",
      "/assets/%252e%252e%252findex.html",
      "/%2e%2e/package.json",
      "/../package.json",
      `/.${asset("js")}`,
      `/${asset("js")}`,
      asset("js").replace(".js", ".JS"),
      "/assets/%00",
    ];
    for (const path of paths) {
      const answer = await get(path);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.match(answer.headers["content-type"]!, /^text\/plain/, path);
      assert.ok(answer.body.length < 100);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      for (const path of ["/", "/r/team", asset("js")]) {
        assert.equal((await get(path, { method })).status, 404, `${method} ${path}`);
      }
    }
  });

  it("is refused to a name that is not this machine's, each file of it", async () => {
    for (const path of ["/", "/r/team", asset("js"), "/icon.svg", "/manifest.webmanifest"]) {
      const answer = await get(path, { headers: { Host: "evil.example" } });
      assert.equal(answer.status, 403, path);
      assert.match(answer.body.toString(), /--public-url/);
    }
  });
});

it("a natter whose page is not built says so at its address, and how to build it", async () => {
  const app = createApp({
    mayAsk: () => 0,
    access: createAccessPolicy({ host: "127.0.0.1", allowOrigin: [] }),
    pageFolder: join(DIST, "nothing/"),
    wsPort: "",
    tls: undefined,
    health: { whyNotReady: async () => undefined, warning: () => undefined },
    meters: NO_METERS,
    log: assert.fail,
    addressOf: (_, peer) => peer,
  });
  try {
    await app.listen({ port: 0 });
    const { port } = app.server.address() as AddressInfo;
    for (const path of ["/", "/r/team"]) {
      const { status, headers, body } = await ask(port, path);
      assert.equal(status, 503);
      assert.match(headers["content-type"]!, /^text\/plain/);
      assert.match(body.toString(), /^The page is not built: run `npm run build -w packages\/web` .*\n$/);
    }
    assert.equal((await ask(port, "/icon.svg")).status, 404);
    assert.equal((await ask(port, "/client.html")).status, 200);
  } finally {
    await app.close();
  }
});

describe("what a visitor waits for", () => {
  type Chunk = { file: string; css?: string[]; imports?: string[] };
  const manifest = (): Record<string, Chunk> =>
    JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));

  /** What the browser needs before anything is shown: without the parts that are imported while it runs. */
  function firstLoad(): { scripts: Set<string>; styles: Set<string> } {
    const chunks = manifest();
    const scripts = new Set<string>();
    const styles = new Set<string>();
    const add = (name: string): void => {
      const { file, css = [], imports = [] } = chunks[name]!;
      if (scripts.has(file)) return;
      scripts.add(file);
      for (const style of css) styles.add(style);
      for (const other of imports) add(other);
    };
    add("index.html");
    return { scripts, styles };
  }

  const gzipped = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length, 0);

  it(`is at most ${MAX_SCRIPT_BYTES} bytes of script, gzipped`, (t) => {
    const bytes = gzipped(firstLoad().scripts);
    t.diagnostic(`${bytes} bytes`);
    assert.ok(bytes > 5_000);
    assert.ok(bytes <= MAX_SCRIPT_BYTES, `${bytes} bytes`);
  });

  it(`is at most ${MAX_STYLE_BYTES} bytes of style, gzipped`, (t) => {
    const bytes = gzipped(firstLoad().styles);
    t.diagnostic(`${bytes} bytes`);
    assert.ok(bytes > 0);
    assert.ok(bytes <= MAX_STYLE_BYTES, `${bytes} bytes`);
  });

  it("comes with a .br and a .gz wherever that is smaller, and without source maps", () => {
    const assets = globSync("assets/*", { cwd: DIST });
    assert.deepEqual(
      assets.filter((file) => file.endsWith(".map")),
      [],
    );
    for (const file of [...firstLoad().scripts, ...firstLoad().styles]) {
      const plain = readFileSync(join(DIST, file));
      for (const extension of [".br", ".gz"]) {
        if (plain.length < 1_000 && !existsSync(join(DIST, file + extension))) continue;
        assert.ok(readFileSync(join(DIST, file + extension)).length < plain.length, file + extension);
      }
    }
  });
});
