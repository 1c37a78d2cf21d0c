import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { Home } from "../reliability/support/home.ts";
import { type InPage, Pages } from "./support/page.ts";

/** Opens the client in a page, and a room, without waiting for a connection. */
async function open(page: Page, url: string, options: { locks?: boolean } = {}): Promise<void> {
  await page.evaluate(
    ({ url, hasLocks }) => {
      const here = globalThis as unknown as InPage;
      const { ChatClient } = here.natter;
      here.chat = new ChatClient({ url, name: "Ada", ...(hasLocks ? {} : { locks: undefined }) });
      here.room = here.chat.room("lobby", { since: "start" });
    },
    { url, hasLocks: options.locks !== false },
  );
}

/** Says something and waits until it is kept in the browser. */
async function post(page: Page, texts: readonly string[], host: string): Promise<void> {
  await page.evaluate(
    async ({ texts, name }) => {
      const here = globalThis as unknown as InPage;
      for (const text of texts) here.room.post(text);
      const storage = here.natter.indexedDbStorage(name);
      while ((await storage.records()).length < texts.length) await new Promise((go) => setTimeout(go, 5));
      storage.close();
    },
    { texts, name: `natter ${host}` },
  );
}

/** Connects at once, and waits until nothing waits any more. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { chat, room } = globalThis as unknown as InPage;
    chat.connect();
    while (room.state.kind !== "joined" || room.messages.length > 0)
      await new Promise((go) => setTimeout(go, 5));
  });
}

async function log(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    const { events } = await (globalThis as unknown as InPage).room.history({ limit: 200 });
    return events.map(({ text }) => text);
  });
}

const TEXTS = Array.from({ length: 100 }, (_, index) => `text ${index}`);

describe("the client in Chromium", () => {
  let pages: Pages;
  before(async () => {
    pages = await Pages.open();
  });
  after(() => pages[Symbol.asyncDispose]());

  for (const host of ["localhost", "natter.test"]) {
    const where = host === "localhost" ? host : "a plain http:// origin that is not localhost";

    it(`P3 P4 P6 sends a full outbox after a reload, as the same person, on ${where}`, async () => {
      await using home = await Home.start({ env: { NATTER_PUBLIC_URL: `http://${host}` } });
      const url = `ws://${host}:${home.wsPort}/`;
      const profile = await pages.profile();
      const page = await pages.tab(profile, host);
      const has = await page.evaluate(() => ({
        isSecure: (globalThis as unknown as { isSecureContext: boolean }).isSecureContext,
        locks: "locks" in navigator,
        subtle: crypto.subtle !== undefined,
      }));
      const isSecure = host === "localhost";
      assert.deepEqual(has, { isSecure, locks: isSecure, subtle: isSecure });
      await open(page, url);
      await page.waitForFunction("globalThis.room.state.kind === 'joined'");
      const me = await page.evaluate(() => (globalThis as unknown as InPage).chat.you?.id);
      await home.kill();
      await post(page, TEXTS, `${host}:${home.wsPort}`);
      await page.reload();
      await page.waitForFunction("globalThis.natter !== undefined");
      await open(page, url);
      await page.waitForFunction(`globalThis.room.messages.length === ${TEXTS.length}`);
      await home.start();
      await settle(page);
      assert.deepEqual(await log(page), TEXTS);
      assert.equal(await page.evaluate(() => (globalThis as unknown as InPage).chat.you?.id), me);
      await profile.close();
    });
  }

  for (const locks of [true, false]) {
    it(`P3 P4 two tabs send what was said in each, and one what was said in a tab that was closed, ${locks ? "with" : "without"} locks`, async () => {
      await using home = await Home.start();
      const url = `ws://localhost:${home.wsPort}/`;
      const profile = await pages.profile();
      const [one, two] = [await pages.tab(profile), await pages.tab(profile)];
      for (const page of [one, two]) {
        await open(page, url, { locks });
        await page.waitForFunction("globalThis.room.state.kind === 'joined'");
      }
      await home.kill();
      await post(one, TEXTS, `localhost:${home.wsPort}`);
      if (locks) {
        await one.close();
        await two.waitForFunction(`globalThis.room.messages.length === ${TEXTS.length}`);
      } else {
        // Nobody can know that it is gone but a tab that is opened anew.
        await one.close();
        await two.reload();
        await two.waitForFunction("globalThis.natter !== undefined");
        await open(two, url, { locks });
        await two.waitForFunction(`globalThis.room.messages.length === ${TEXTS.length}`);
      }
      await home.start();
      await settle(two);
      assert.deepEqual(await log(two), TEXTS);
      await profile.close();
    });
  }

  it("comes back at once when the browser is online again", async () => {
    await using home = await Home.start();
    const profile = await pages.profile();
    const page = await pages.tab(profile);
    await open(page, `ws://localhost:${home.wsPort}/`);
    await page.waitForFunction("globalThis.room.state.kind === 'joined'");
    await profile.setOffline(true);
    await home.kill();
    await page.waitForFunction("globalThis.chat.state.kind === 'offline'");
    await home.start();
    await profile.setOffline(false);
    await page.waitForFunction("globalThis.chat.state.kind === 'live'");
    await profile.close();
  });
});
