import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";
import { RawClient } from "../support/raw-client.ts";
import { Person } from "./support/person.ts";

describe("two people at the page", () => {
  let natter: Natter;
  let browser: Browser;
  let ada: Person;
  let bob: Person;
  let origin: string;
  before(async () => {
    [natter, browser] = await Promise.all([Natter.start(), openBrowser()]);
    origin = `http://localhost:${natter.port}`;
    ada = await Person.arrive(browser, "Ada", origin);
    bob = await Person.arrive(browser, "Bob", origin);
  });
  after(async () => {
    await browser.close();
    await natter[Symbol.asyncDispose]();
  });

  it("talk: each message is there once, in one order, for both", async () => {
    const [one, two] = [await ada.open("/r/talk"), await bob.open("/r/talk")];
    await one.say("hello Bob");
    await two.sees("hello Bob");
    await two.say("hello Ada");
    await one.sees("hello Ada");
    await one.say("two\nlines");
    await two.sees("two\nlines");
    const texts = ["hello Bob", "hello Ada", "two\nlines"];
    await one.allSent();
    assert.deepEqual(await one.texts.allInnerTexts(), texts);
    assert.deepEqual(await two.texts.allInnerTexts(), texts);
    for (const tab of [one, two]) {
      tab.isQuiet();
      await tab.page.close();
    }
  });

  it("see each other come and go, and type", async () => {
    const one = await ada.open("/r/typing");
    const here = one.page.getByRole("complementary", { name: "People here" });
    await here.getByText("Ada").waitFor();
    const two = await bob.open("/r/typing");
    await here.getByText("Bob").waitFor();
    await two.field.pressSequentially("I am about to s");
    await one.page.getByText("Bob is typing").waitFor();
    await two.field.press("Control+a");
    await two.say("Said it");
    await one.sees("Said it");
    await one.page.getByText("Bob is typing").waitFor({ state: "detached" });
    for (const tab of [one, two]) {
      tab.isQuiet();
      await tab.page.close();
    }
  });

  it("in different rooms: what is unread stands in the list, the title and the icon, until it is read", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin); // with no other rooms
    const one = await ada.open("/r/first");
    await one.isConnected();
    await one.page.getByRole("button", { name: "Find or make a room" }).click();
    await one.page.getByRole("combobox").fill("second");
    await one.page.keyboard.press("Enter");
    await one.page.getByRole("heading", { level: 1, name: "second" }).waitFor();
    const two = await bob.open("/r/first");
    await two.say("one");
    await two.say("two, @Ada");
    await two.allSent();
    await one.page.getByRole("link", { name: /first.*2 unread/ }).waitFor();
    await one.page.waitForFunction(() => document.title === "(2) #second · natter");
    assert.match((await one.page.locator('link[rel="icon"]').getAttribute("href")) ?? "", /icon-2\.svg$/);
    await one.page.getByRole("link", { name: /first/ }).click();
    await one.sees("one");
    await one.page.waitForFunction(() => document.title === "#first · natter");
    await one.timeline.locator(".mention-me").waitFor();
    for (const tab of [one, two]) {
      tab.isQuiet();
      await tab.page.close();
    }
  });

  it("send each other to a room by its address, which opens in place", async () => {
    const [one, two] = [await ada.open("/r/sent-from"), await bob.open("/r/sent-from")];
    await one.say(`come to ${origin}/r/sent-to`);
    await two.page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    await two.timeline.getByRole("link").click();
    await two.page.getByRole("heading", { level: 1, name: "sent-to" }).waitFor();
    assert.equal(await two.page.evaluate(() => "isSamePage" in globalThis), true);
    for (const tab of [one, two]) {
      tab.isQuiet();
      await tab.page.close();
    }
  });

  it("and a guest with a plain client: in both directions, as natural as anybody", async () => {
    const one = await ada.open("/r/guests");
    const guest = await RawClient.connect(natter.wsPort, { path: "/guests" });
    const named = await RawClient.connect(natter.wsPort, { path: "/guests?name=Grace" });
    const here = one.page.getByRole("complementary", { name: "People here" });
    await here.getByText(/^Guest \d+$/).waitFor();
    await here.getByText("Grace").waitFor();
    await here.getByText("guest", { exact: true }).waitFor();
    guest.send("a plain line");
    await one.sees("a plain line");
    await one.timeline.getByText(/^Guest \d+$/).waitFor();
    await one.say("hello, guest");
    for (let heard = ""; heard !== "Client (Ada) : hello, guest"; ) heard = await guest.next();
    named.send("");
    await one.timeline.getByText("Nothing but blanks").waitFor();
    one.isQuiet();
    await guest.leave();
    await named.leave();
    await one.page.close();
  });
});
