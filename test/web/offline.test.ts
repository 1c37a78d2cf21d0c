import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";
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

  it("what waits survives a reload, and is sent from there", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/reload");
    await tab.say("stored");
    await tab.allSent();
    // The page itself still loads, its connection does not: as behind a proxy that lost its server.
    let isServerThere = false;
    await ada.context.routeWebSocket(/.*/, (socket) => {
      if (isServerThere) socket.connectToServer();
      else void socket.close({ code: 1013 });
    });
    await tab.page.reload();
    await tab.say("waiting 1");
    await tab.say("waiting 2");
    await tab.page.reload();
    await tab.sees("waiting 2");
    assert.deepEqual(await tab.texts.allInnerTexts(), ["waiting 1", "waiting 2"]);
    isServerThere = true;
    await tab.page.reload();
    await tab.sees("stored");
    await tab.allSent();
    assert.deepEqual(await tab.texts.allInnerTexts(), ["stored", "waiting 1", "waiting 2"]);
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
    await tab.page.getByText("not like this").waitFor({ state: "attached" });
    await tab.page.waitForFunction(() => document.querySelector("textarea")?.value === "not like this");
    assert.equal(await tab.page.locator(".row").count(), 0);
    await tab.say("but like this");
    await startAgain();
    await tab.allSent();
    assert.deepEqual(await tab.texts.allInnerTexts(), ["but like this"]);
    tab.isQuiet();
  });

  it("the browser being offline is told in words, and over at once when it is back", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/r/plane");
    await tab.isConnected();
    await ada.context.setOffline(true);
    await kill(); // a connection that stands is not cut by the browser
    await tab.page
      .getByText("You are offline. What you write is kept, and sent when you are back.")
      .first()
      .waitFor();
    await tab.say("from the plane");
    await startAgain();
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
    await natter.stop();
    await tab.page
      .getByText(/The server restarts\. Reconnecting in|No connection\. Reconnecting in/)
      .first()
      .waitFor();
    await startAgain();
    await tab.isConnected();
    tab.isQuiet();
  });
});
