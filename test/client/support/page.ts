// A page that has the client by a script tag of type module, as it is packed, in a real Chromium.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { rolldown } from "rolldown";
import { findChromium } from "../../../scripts/chromium.mjs";
import { ROOT } from "../../support/natter.ts";

const HTML = `<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">
<script type="module">
  import * as natter from "/natter.js";
  globalThis.natter = natter;
</script>`;

/** What a test's page has. */
export type InPage = {
  natter: typeof import("@natter/client");
  chat: import("@natter/client").ChatClient;
  room: import("@natter/client").Room;
};

/** The client in one file, as `npm pack` builds it. */
export async function bundle(entry = "packages/client/src/index.ts"): Promise<string> {
  const build = await rolldown({
    input: `${ROOT}${entry}`,
    platform: "browser",
    resolve: { conditionNames: ["@natter/source", "import", "default"] },
  });
  const { output } = await build.generate({ format: "esm", minify: true, comments: false });
  return output[0].code;
}

/** A web server for the page, and a browser in which `natter.test` is this machine. */
export class Pages implements AsyncDisposable {
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /** @param files served beside, by their paths */
  static async open(script?: string, files: Readonly<Record<string, string>> = {}): Promise<Pages> {
    const served: Record<string, string> = { "/natter.js": script ?? (await bundle()), ...files };
    const server = createServer(({ url = "/" }, response) => {
      response.setHeader("content-type", url.endsWith(".js") ? "text/javascript" : "text/html");
      response.end(served[url] ?? HTML);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      executablePath: findChromium()!,
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
        ...["--disable-background-networking", "--disable-component-update"],
        "--host-resolver-rules=MAP natter.test 127.0.0.1",
      ],
    });
    return new Pages(server, browser);
  }

  /** One person's browser: what its tabs keep, they share. */
  profile(): Promise<BrowserContext> {
    return this.#browser.newContext();
  }

  /** One of the files that are served beside. */
  async visit(path: string, profile: BrowserContext, host = "localhost"): Promise<Page> {
    const page = await profile.newPage();
    await page.goto(`http://${host}:${(this.#server.address() as AddressInfo).port}${path}`);
    return page;
  }

  async tab(profile: BrowserContext, host = "localhost"): Promise<Page> {
    const page = await this.visit("/", profile, host);
    await page.waitForFunction("globalThis.natter !== undefined");
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
