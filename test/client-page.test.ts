import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { openBrowser, openPage } from "./support/browser.ts";
import { Natter } from "./support/natter.ts";
import { RawClient } from "./support/raw-client.ts";

/** What the page has logged, newest first. Waits until it is exactly this. */
async function shows(page: Page, ...lines: string[]): Promise<void> {
  const log = page.locator("#log div");
  await log.nth(lines.length - 1).waitFor({ timeout: 10_000 });
  assert.deepEqual(await log.allTextContents(), lines);
}

describe("/client.html in Chromium", () => {
  let natter: Natter;
  let browser: Browser;
  before(async () => {
    [natter, browser] = await Promise.all([Natter.start(), openBrowser()]);
  });
  after(async () => {
    await browser.close();
    await natter[Symbol.asyncDispose]();
  });

  const open = (query = "") => openPage(browser, `http://localhost:${natter.port}/client.html${query}`);

  it("is the origin's chat: two tabs talk, each hears the other, none itself", async () => {
    const one = await open("?room=tabs");
    await shows(one.page, "onopen");
    const two = await open("?room=tabs&name=Two");
    await shows(two.page, "onopen");
    await shows(one.page, "onmessage: New client (Two) connected", "onopen");

    await two.page.getByLabel("Message").fill("hi there");
    await two.page.getByLabel("Message").press("Enter");
    await shows(two.page, "send: hi there", "onopen");
    await shows(
      one.page,
      "onmessage: Client (Two) : hi there",
      "onmessage: New client (Two) connected",
      "onopen",
    );
    assert.equal(await two.page.getByLabel("Message").inputValue(), "");

    await two.page.close();
    await one.page.getByText("onmessage: Client (Two) left").waitFor();
    assert.deepEqual([...one.complaints, ...two.complaints], []);
    await one.page.close();
  });

  it("shows markup in a name and in a text as text, and nothing of it runs", async () => {
    const { page, complaints } = await open("?room=markup");
    await shows(page, "onopen");
    const name = encodeURIComponent("<svg onload=pwned=1>");
    const sender = await RawClient.connect(natter.wsPort, { path: `/markup?name=${name}` });
    sender.send("<img src=x onerror=pwned=1> & <b>bold</b> &amp;");
    await shows(
      page,
      "onmessage: Client (<svg onload=pwned=1>) : <img src=x onerror=pwned=1> & <b>bold</b> &amp;",
      "onmessage: New client (<svg onload=pwned=1>) connected",
      "onopen",
    );
    assert.equal(await page.locator("#log *").count(), 3);
    assert.equal(await page.evaluate(() => "pwned" in globalThis), false);
    assert.deepEqual(complaints, []);
    await page.close();
    await sender.leave();
  });

  it("closes, says so when one sends all the same and keeps what was typed, and connects again", async () => {
    const { page, complaints } = await open("?room=again");
    await shows(page, "onopen");
    await page.getByRole("button", { name: "close" }).click();
    await shows(page, "onclose", "onopen");
    await page.getByLabel("Message").fill("lost?");
    await page.getByRole("button", { name: "Send" }).click();
    await shows(page, "not sent: there is no connection", "onclose", "onopen");
    assert.equal(await page.getByLabel("Message").inputValue(), "lost?");
    await page.getByRole("button", { name: "connect" }).click();
    await shows(page, "onopen", "not sent: there is no connection", "onclose", "onopen");
    await page.getByRole("button", { name: "Send" }).click();
    await shows(page, "send: lost?", "onopen", "not sent: there is no connection", "onclose", "onopen");
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("logs onerror and onclose when the server goes, and connects again when it is back", async () => {
    await using shortLived = await Natter.start();
    const { page } = await openPage(browser, `http://localhost:${shortLived.port}/client.html`);
    await shows(page, "onopen");
    await shortLived.stop();
    await shows(page, "onclose", "onopen");
    await page.getByRole("button", { name: "connect" }).click();
    await shows(page, "onclose", "onerror", "onclose", "onopen");
    const ports = ["--port", String(shortLived.port), "--ws-port", String(shortLived.wsPort)];
    await using _back = await Natter.start(ports);
    await page.getByRole("button", { name: "connect" }).click();
    await shows(page, "onopen", "onclose", "onerror", "onclose", "onopen");
    await page.close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`leaves axe nothing to find, in ${colorScheme}`, async () => {
      // axe injects scripts, which the page's own policy rightly refuses.
      const context = await browser.newContext({ bypassCSP: true, colorScheme });
      const page = await context.newPage();
      await page.goto(`http://localhost:${natter.port}/client.html`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations, []);
      await context.close();
    });
  }
});
