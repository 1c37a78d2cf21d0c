import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ChatClient } from "@natter/client";
import { House } from "./support/house.ts";
import type { Person, Tab } from "./support/person.ts";

describe("what is unread", () => {
  let house: House;
  let ada: Person;
  let bob: ChatClient;
  before(async () => {
    house = await House.open();
    ada = await house.person("Ada");
    await (await ada.enter("/")).close(); // so that #lobby is in her list
    bob = house.writer("Bob");
  });
  after(async () => {
    await bob.close();
    await house[Symbol.asyncDispose]();
  });

  /** The text of the row right below the line. */
  const belowLine = (tab: Tab) => tab.unreadLine.locator("xpath=following-sibling::div").locator(".text");
  const badge = (tab: Tab, room: string) =>
    tab.page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: new RegExp(room) });

  it("begins with a line at what came while one was in another room; it goes when one answers", async () => {
    const room = await bob.join("was-elsewhere");
    const tab = await ada.enter("/r/was-elsewhere");
    await room.send("while she is here");
    await tab.sees("while she is here");
    assert.equal(await tab.unreadLine.count(), 0);
    await tab.goTo("lobby");
    await room.send("first");
    await room.send("second");
    await badge(tab, "was-elsewhere").getByText("2 unread").waitFor();
    await tab.goTo("was-elsewhere");
    await tab.sees("second");
    assert.deepEqual(await belowLine(tab).allInnerTexts(), ["first"]);
    await tab.say("an answer");
    await tab.sees("an answer");
    await tab.unreadLine.waitFor({ state: "detached" });
    await tab.close();
  });

  it("begins with a line at what came while one looked at something else, and stays unread until one looks", async () => {
    const room = await bob.join("looked-away");
    await room.send("before");
    await using eve = await house.person("Eve"); // in this room only, for the title counts all of them
    const tab = await eve.enter("/r/looked-away");
    await tab.sees("before");
    await room.send("seen");
    await tab.sees("seen");
    await tab.looksAway();
    await room.send("not seen");
    await room.send("nor this");
    await tab.sees("nor this");
    assert.deepEqual(await belowLine(tab).allInnerTexts(), ["not seen"]);
    await badge(tab, "looked-away").getByText("2 unread").waitFor();
    await tab.page.waitForFunction(() => document.title === "(2) #looked-away · natter");
    await tab.looksBack();
    await tab.page.waitForFunction(() => document.title === "#looked-away · natter");
    await badge(tab, "looked-away").getByText("unread").waitFor({ state: "detached" });
    assert.deepEqual(await belowLine(tab).allInnerTexts(), ["not seen"]);
    await tab.say("oh");
    await tab.unreadLine.waitFor({ state: "detached" });
    await tab.close();
  });

  it("is never what comes before one's eyes: title, icon and list do not so much as flash, nor for one's own words", async () => {
    const room = await bob.join("flash");
    await using eve = await house.person("Eve");
    const tab = await eve.enter("/r/flash");
    await tab.page.evaluate(() => {
      const flashes = new Set<string>();
      Object.assign(window, { flashes });
      const look = () => {
        if (document.title.startsWith("(")) flashes.add(document.title);
        const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]")!.href;
        if (!icon.endsWith("/icon.svg")) flashes.add(icon);
        const badge = document.querySelector(".room-link[aria-current] .badge");
        if (badge !== null) flashes.add(badge.textContent!);
      };
      new MutationObserver(look).observe(document, { childList: true, attributes: true, subtree: true });
    });
    for (const text of ["one", "two", "three"]) {
      await room.send(text);
      await tab.sees(text);
      await tab.say(`and my ${text}`);
      await tab.sees(`and my ${text}`);
    }
    await tab.allSent();
    const flashes = await tab.page.evaluate(() => [
      ...(window as unknown as { flashes: Set<string> }).flashes,
    ]);
    assert.deepEqual(flashes, []);
    await tab.close();
  });

  it("is told apart also by whoever looks away right after something came", async () => {
    const room = await bob.join("at-once");
    await room.send("before");
    const tab = await ada.enter("/r/at-once");
    await tab.sees("before");
    for (const text of ["one", "two", "three"]) {
      await room.send(text);
      await tab.sees(text);
    }
    await tab.looksAway();
    await room.send("four");
    await tab.sees("four");
    assert.deepEqual(await belowLine(tab).allInnerTexts(), ["four"]);
    await tab.close();
  });

  it("is nothing that comes when one is back: looking away and back leaves no line", async () => {
    const room = await bob.join("back-again");
    await room.send("before");
    const tab = await ada.enter("/r/back-again");
    await tab.sees("before");
    await tab.looksAway();
    await tab.looksBack();
    await room.send("now");
    await tab.sees("now");
    assert.equal(await tab.unreadLine.count(), 0);
    await tab.close();
  });

  it("D3 and read in one tab is read in the other, and on one's other devices", async () => {
    const room = await bob.join("two-devices");
    const [one, two] = [await ada.enter("/r/two-devices"), await ada.enter("/")];
    await room.send("hello");
    await one.sees("hello");
    await badge(two, "two-devices").getByText("unread").waitFor({ state: "detached" });
    await one.goTo("lobby");
    await room.send("hello again");
    for (const tab of [one, two]) await badge(tab, "two-devices").getByText("1 unread").waitFor();
    await two.goTo("two-devices");
    await two.sees("hello again");
    await badge(one, "two-devices").getByText("unread").waitFor({ state: "detached" });
    await one.close();
    await two.close();
  });

  it("is read also where the tab is closed right after one saw it", async () => {
    const room = await bob.join("closed-at-once");
    await room.send("before");
    const tab = await ada.enter("/r/closed-at-once");
    await tab.sees("before");
    // The first is told at once, and those after it within 400 ms not before that is over.
    for (const text of ["one", "two", "three", "four"]) {
      await room.send(text);
      await tab.sees(text);
    }
    await tab.close();
    const next = await ada.enter("/");
    await badge(next, "closed-at-once").waitFor();
    assert.equal(await badge(next, "closed-at-once").locator(".badge").count(), 0);
    await next.close();
  });

  it("keeps the mark that somebody called one by name through a reload, until it is read", async () => {
    const room = await bob.join("called");
    await (await ada.enter("/r/called")).close();
    const tab = await ada.enter("/");
    await badge(tab, "called").waitFor();
    await room.send("@Ada come here");
    await room.send("it is about the backup");
    const marked = badge(tab, "called").locator(".badge.mentioned");
    await marked.getByText("@2").waitFor();
    await tab.page.reload();
    await marked.getByText("@2").waitFor();
    await tab.goTo("called");
    await tab.sees("it is about the backup");
    await badge(tab, "called").locator(".badge").waitFor({ state: "detached" });
    await tab.goTo("lobby");
    await room.send("no names now");
    await badge(tab, "called").getByText("1 unread").waitFor();
    await tab.page.reload();
    await badge(tab, "called").getByText("1 unread").waitFor();
    assert.equal(await marked.count(), 0);
    await tab.close();
  });

  it("is not what one said oneself in another tab", async () => {
    const [one, two] = [await ada.enter("/r/own-words"), await ada.enter("/")];
    await one.say("mine");
    await one.sees("mine");
    await one.allSent();
    await bob.join("own-words").then((room) => room.send("and his"));
    await badge(two, "own-words").waitFor();
    await two.goTo("own-words");
    await two.sees("and his");
    assert.ok(!(await belowLine(two).allInnerTexts()).includes("mine"));
    await one.close();
    await two.close();
  });

  it("is so far as it was scrolled into view, and no farther", async () => {
    const first = await ada.enter("/r/far");
    await first.close();
    await house.hears(
      "far",
      Array.from({ length: 120 }, (_, index) => `far ${index}`),
    );
    const tab = await ada.enter("/r/far");
    await tab.sees("far 0");
    const count = badge(tab, "far").locator(".badge");
    await tab.page.waitForFunction(() => {
      const shown = document.querySelector(".room-link[aria-current] .badge")?.firstChild?.textContent;
      return shown !== undefined && Number(shown) < 120 && Number(shown) > 40;
    });
    await tab.page.locator(".to-end").click();
    await count.waitFor({ state: "detached" });
    await tab.close();
  });
});
