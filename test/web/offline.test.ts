import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";
import { Network } from "./support/network.ts";
import { Person } from "./support/person.ts";

describe("without a connection", () => {
  let browser: Browser;
  let folder: Natter;
  let natter: Natter;
  let origin: string;

  before(async () => {
    browser = await openBrowser();
    folder = natter = await Natter.start();
    origin = `http://localhost:${natter.port}`;
  });
  afterEach(async () => {
    if (natter.child.exitCode !== null || natter.child.signalCode !== null) await startAgain();
  });
  after(async () => {
    await browser.close();
    await natter[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function kill(): Promise<void> {
    natter.child.kill("SIGKILL");
    await natter.exited;
  }

  /** On the same ports, with the same data. */
  async function startAgain(): Promise<void> {
    const { port, wsPort } = folder;
    natter = await Natter.start(["--port", `${port}`, "--ws-port", `${wsPort}`, "--data", folder.folder]);
  }

  it("P3 P4 one goes on writing, and all of it goes out once, in order, when the server is back after kill -9", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    await using bob = await Person.arrive(browser, "Bob", origin);
    const [one, two] = [await ada.open("/r/killed"), await bob.open("/r/killed")];
    await one.say("before");
    await two.sees("before");
    await kill();
    await one.page
      .getByText(/Reconnecting in \d+ s\.|Connecting again/)
      .first()
      .waitFor();
    const written = ["one", "two", "three", "four", "five"];
    for (const text of written) await one.say(text);
    await one.timeline.getByText("Goes out when you are connected.").nth(4).waitFor();
    await startAgain();
    // Where it has not come back by itself meanwhile.
    const tryNow = one.page.getByRole("button", { name: "Try now" });
    if (await tryNow.isVisible()) await tryNow.click({ timeout: 1_000 }).catch(() => {});
    await one.allSent();
    await two.sees("five");
    for (const tab of [one, two]) {
      assert.deepEqual(await tab.texts.allInnerTexts(), ["before", ...written]);
      tab.isQuiet();
    }
  });

  it("what waits survives a reload, and is sent from there", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/reload");
    await tab.say("stored");
    await tab.allSent();
    // The page itself still loads, its connection does not: as behind a proxy that lost its server.
    const network = await Network.of(ada);
    network.refuse(1013);
    await tab.page.reload();
    await tab.say("waiting 1");
    await tab.say("waiting 2");
    await tab.keeps(2);
    await tab.page.reload();
    await tab.sees("waiting 2");
    assert.deepEqual(await tab.texts.allInnerTexts(), ["waiting 1", "waiting 2"]);
    network.allow();
    await tab.page.reload();
    await tab.sees("stored");
    await tab.allSent();
    assert.deepEqual(await tab.texts.allInnerTexts(), ["stored", "waiting 1", "waiting 2"]);
    tab.isQuiet();
  });

  it("what waits and could not be kept yet is back in the field after a reload", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/unkept");
    await tab.isConnected();
    await kill();
    // The browser's disk is busy: nothing that is written from now on is ever done.
    await tab.page.evaluate(() => {
      IDBObjectStore.prototype.put = () => ({}) as IDBRequest<IDBValidKey>;
      const { get } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "oncomplete")!;
      Object.defineProperty(IDBTransaction.prototype, "oncomplete", { get, set: () => {} });
    });
    await tab.say("just sent");
    await tab.say("and another");
    await tab.field.fill("typed since");
    await startAgain();
    await tab.page.reload();
    await tab.field.waitFor();
    assert.equal(await tab.field.inputValue(), "just sent\nand another\ntyped since");
    tab.isQuiet();
  });

  it("what waits can be taken back, and goes on in the field", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/taken-back");
    await tab.isConnected();
    await kill();
    await tab.page
      .getByText(/Reconnecting in \d+ s\./)
      .first()
      .waitFor();
    await tab.say("not like this");
    await tab.timeline.getByRole("button", { name: "Take back" }).click();
    await tab.page.locator(".row").waitFor({ state: "detached" });
    await tab.page.waitForFunction(() => document.querySelector("textarea")?.value === "not like this");
    assert.equal(await tab.page.locator(".row").count(), 0);
    await tab.say("but like this");
    await startAgain();
    await tab.allSent();
    assert.deepEqual(await tab.texts.allInnerTexts(), ["but like this"]);
    tab.isQuiet();
  });

  it("what is taken back is not lost where one goes to another room, or the link to the field, right after", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.enter("/");
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill("back-later");
    await tab.page.keyboard.press("Enter");
    await tab.isIn();
    await kill();
    await tab.page
      .getByText(/Reconnecting in \d+ s\./)
      .first()
      .waitFor();
    await tab.say("not yet");
    const takeBack = tab.timeline.getByRole("button", { name: "Take back" });
    await takeBack.waitFor();
    // Within one turn: what is taken back is looked for on the disk meanwhile.
    await tab.page.evaluate(() => {
      document.querySelector<HTMLElement>(".status button")!.click();
      document.querySelector<HTMLElement>('.room-link[href="/"]')!.click();
    });
    await tab.page.getByRole("heading", { level: 1, name: "lobby" }).waitFor();
    assert.equal(await tab.field.inputValue(), "");
    await tab.goTo("back-later");
    await tab.page.waitForFunction(() => document.querySelector("textarea")?.value === "not yet");
    await tab.field.press("Enter");
    await takeBack.waitFor();
    await tab.page.getByRole("link", { name: "Skip to writing a message" }).focus();
    await tab.page.keyboard.press("Enter");
    await takeBack.click();
    await tab.page.waitForFunction(() => document.querySelector("textarea")?.value === "not yet");
    tab.isQuiet();
  });

  it("the browser being offline is told in words, and over at once when it is back", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/plane");
    await tab.isConnected();
    // The connection still stands, and nobody answers any more: as where the network is gone.
    natter.child.kill("SIGSTOP");
    await ada.context.setOffline(true);
    await tab.page
      .getByText("You are offline. What you write is kept, and sent when you are back.")
      .first()
      .waitFor();
    await tab.say("from the plane");
    natter.child.kill("SIGCONT");
    await ada.context.setOffline(false);
    await tab.isConnected();
    await tab.allSent();
    await tab.sees("from the plane");
    tab.isQuiet();
  });

  it("a server that says it restarts is waited for in words", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/restart");
    await tab.isConnected();
    // It says so for a moment only: then it is gone, and nobody answers.
    await tab.page.evaluate(() => {
      const status = document.querySelector(".pills [role=status]")!;
      const told = new Set<string | null>();
      Object.assign(window, { told });
      new MutationObserver(() => told.add(status.textContent)).observe(status, {
        ...{ childList: true, characterData: true, subtree: true },
      });
    });
    await natter.stop();
    await startAgain();
    await tab.isConnected();
    const told = await tab.page.evaluate(() => [...(window as unknown as { told: Set<string> }).told]);
    assert.ok(told.includes("The server restarts. Reconnecting."), told.join("; "));
    tab.isQuiet();
  });
});
