import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { House, type Said } from "./support/house.ts";
import { Network } from "./support/network.ts";
import type { Person, Tab } from "./support/person.ts";

const DAY_MS = 86_400_000;
const noon = new Date().setHours(12, 0, 0, 0);
/** Names, heights and days as they come. */
const LONG: readonly Said[] = Array.from({ length: 1_000 }, (_, index) => ({
  by: `Person ${Math.floor(index / 7) % 5}`,
  text: `${index}: ${"and so on ".repeat((index * 13) % 60)}${index % 11 === 0 ? "\n- one\n- **two**" : ""}`,
  at: noon - DAY_MS * 3 + index * 120_000,
}));
const MIDDLING = 400;
const HUGE: readonly Said[] = Array.from({ length: 10_000 }, (_, index) => ({
  by: `Person ${index % 3}`,
  text: `message ${index}`,
  at: noon - DAY_MS * 9 + index * 60_000,
}));

describe("what was said before", () => {
  let house: House;
  before(async () => {
    const last = (text: string, minutes: number, by: string): Said => ({
      by,
      text,
      at: noon + minutes * 60_000,
    });
    house = await House.open({
      days: [
        { by: "Ada", text: "long ago", at: new Date(2020, 1, 29, 12).getTime() },
        last("yesterday", -24 * 60, "Ada"),
        last("one", 0, "Ada"),
        last("two", 2, "Ada"),
        last("three", 3, "Bob"),
        last("four", 9, "Bob"),
      ],
      long: LONG,
      middling: LONG.slice(0, MIDDLING),
      huge: HUGE,
    });
  });
  after(() => house[Symbol.asyncDispose]());

  it("stands under its days, and under one name where somebody said several things in one breath", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.open("/r/days");
    await tab.sees("four");
    const days = await tab.timeline.locator(".day").allInnerTexts();
    assert.deepEqual(days, ["Saturday, 29 February 2020", "Yesterday", "Today"]);
    const names = await tab.timeline.locator(".who .name").allInnerTexts();
    assert.deepEqual(names, ["Ada", "Ada", "Ada", "Bob", "Bob"]);
    await tab.timeline.getByText("This is where #days begins.").waitFor();
    tab.isQuiet();
  });

  it("stands under yesterday once it is past midnight, without being opened anew", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.open("/r/midnight");
    await tab.say("before midnight");
    await tab.sees("before midnight");
    await tab.allSent();
    const days = tab.timeline.locator(".day");
    assert.deepEqual(await days.allInnerTexts(), ["Today"]);
    await tab.page.evaluate(() => {
      const now = Date.now;
      Date.now = () => now() + 86_400_000;
    });
    await tab.say("after midnight");
    await days.getByText("Yesterday").waitFor();
    tab.isQuiet();
  });

  it("opens where one left off, with a line at the first that is new", async () => {
    await using ada = await house.person("Ada");
    const first = await ada.open("/r/left-off");
    await first.say("I go now");
    await first.sees("I go now");
    await first.allSent();
    await first.close();
    const news = Array.from({ length: 150 }, (_, index) => `news ${index}`);
    await house.hears("left-off", news);
    const tab = await ada.open("/r/left-off");
    await tab.sees("news 0");
    await tab.isStill();
    const { top, below, line, own } = await tab.timeline.evaluate((box) => {
      const topOf = (text: string) =>
        [...box.querySelectorAll(".text")].find((one) => one.textContent === text)?.getBoundingClientRect()
          .top;
      return {
        top: box.getBoundingClientRect().top,
        line: box.querySelector(".unread-line")?.getBoundingClientRect().top,
        below: topOf("news 0"),
        own: topOf("I go now"),
      };
    });
    assert.ok(line! >= top && line! < top + 100, `the line stands ${line! - top} px below the top`);
    assert.ok(own! < line! && line! < below!, "it stands between what was read and what was not");
    await tab.page.getByRole("button", { name: "150 new messages" }).click();
    await tab.sees("news 149");
    await tab.isAtEnd();
    await tab.page.getByRole("button", { name: /new messages|To the newest/ }).waitFor({ state: "detached" });
    tab.isQuiet();
  });

  it("P5 comes as one scrolls up, and what one looks at does not move by more than a pixel", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    const tab = await openAtEnd(ada, "/r/long");
    for (let page = 0; page < 4; page++) {
      network.hold(/"page"/);
      await tab.scrollTo(300 + page * 200);
      await tab.isStill();
      const before = await firstInView(tab);
      const height = await tab.timeline.evaluate((box) => box.scrollHeight);
      const moved = watch(tab, before.text);
      network.release();
      await tab.page.waitForFunction(
        (old) => document.querySelector('[role="log"]')!.scrollHeight > old + 500,
        height,
      );
      await tab.isStill();
      const tops = await moved;
      const most = Math.max(...tops.map((top) => Math.abs(top - before.top)));
      assert.ok(most <= 1.5, `page ${page}: moved by ${most} px`);
    }
    tab.isQuiet();
  });

  it("P5 goes only with one's hand while one scrolls on over rows never seen, and older ones come in front", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    const tab = await openAtEnd(ada, "/r/long");
    for (let page = 0; page < 4; page++) {
      network.hold(/"page"/);
      await tab.scrollTo(400);
      await tab.isStill();
      const height = await tab.timeline.evaluate((box) => box.scrollHeight);
      const scrolled = scrollOn(tab, height + 500);
      network.release();
      const { rows, places } = await scrolled;
      assert.ok(rows >= 3, `page ${page}: saw only ${rows} new rows`);
      const most = Math.max(...places) - Math.min(...places);
      assert.ok(most <= 3, `page ${page}: moved by ${most} px of its own`);
    }
    tab.isQuiet();
  });

  it("is all there: scrolled to the beginning, nothing is missing, twice there or out of order", async () => {
    await using ada = await house.person("Ada");
    const tab = await openAtEnd(ada, "/r/middling");
    const seen = await tab.timeline.evaluate(async (box, last) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      for (let there = 0; there < 3; there = box.querySelector(".beginning") === null ? 0 : there + 1) {
        box.scrollTop = 0;
        await frame();
      }
      const numbers: number[] = [];
      while (numbers.at(-1) !== last) {
        for (const row of box.querySelectorAll(".row .text, .row .rich")) {
          const number = Number.parseInt(row.textContent!, 10);
          if (number > (numbers.at(-1) ?? -1)) numbers.push(number);
        }
        box.scrollTop += box.clientHeight / 2;
        await frame();
        await frame();
      }
      return numbers;
    }, MIDDLING - 1);
    assert.deepEqual(
      seen,
      Array.from({ length: MIDDLING }, (_, index) => index),
    );
    tab.isQuiet();
  });

  it("of 10,000 messages never makes more than 200 elements in the timeline, from the end to the beginning", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.open("/r/huge");
    await tab.sees("message 9999");
    await tab.timeline.evaluate((box) => {
      const count = { most: 0 };
      Object.assign(window, { count });
      const look = () => {
        count.most = Math.max(count.most, box.querySelectorAll("*").length);
      };
      look();
      new MutationObserver(look).observe(box, { childList: true, subtree: true });
    });
    await tab.timeline.evaluate(async (box) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const until = Date.now() + 90_000;
      // Where a page comes in front, its first row is drawn for a moment before the list has moved on: being there
      // counts only if it lasts.
      for (let there = 0; there < 10 && Date.now() < until; ) {
        const isThere = box.scrollTop === 0 && box.querySelector(".beginning") !== null;
        there = isThere ? there + 1 : 0;
        box.scrollTop = Math.max(0, box.scrollTop - 3_000);
        await frame();
      }
    });
    await tab.sees("message 0");
    const most = () => tab.page.evaluate(() => (window as unknown as { count: { most: number } }).count.most);
    assert.ok((await most()) > 20);
    assert.ok((await most()) <= 200, `${await most()} elements`);
    await tab.page.getByRole("button", { name: "To the newest" }).click();
    await tab.sees("message 9999");
    await tab.isAtEnd();
    assert.ok((await most()) <= 200, `${await most()} elements`);
    tab.isQuiet();
  });
});

async function openAtEnd(person: Person, path: string): Promise<Tab> {
  const tab = await person.enter(path);
  await tab.isAtEnd();
  return tab;
}

/** As soon as it is so high, scrolls down by a little in each frame, over rows that were never drawn. */
function scrollOn(tab: Tab, height: number): Promise<{ rows: number; places: number[] }> {
  return tab.timeline.evaluate(async (box, heightThen) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    /** Hands move between frames. */
    const afterFrame = () => new Promise((resolve) => setTimeout(resolve));
    const rows = () => [...box.querySelectorAll(".row .text, .row .rich")];
    const middle = box.getBoundingClientRect().top + box.clientHeight / 2;
    const one = rows().find((row) => row.getBoundingClientRect().top >= middle)!;
    const known = new Set(rows());
    const seen = new Set<Element>();
    while (box.scrollHeight < heightThen) await frame();
    /** Where the row would stand had nobody scrolled, in px, frame by frame. */
    const places: number[] = [];
    for (let scrolled = 0; scrolled < 400; scrolled += 20) {
      places.push(one.getBoundingClientRect().top + scrolled);
      for (const row of rows()) if (!known.has(row)) seen.add(row);
      await afterFrame();
      box.scrollTop += 20;
      await frame();
    }
    return { rows: seen.size, places };
  }, height);
}

/** The first row that is wholly in view. */
async function firstInView(tab: Tab): Promise<{ text: string; top: number }> {
  return await tab.timeline.evaluate((box) => {
    const { top: edge } = box.getBoundingClientRect();
    const found = [...box.querySelectorAll(".row .text, .row .rich")].find(
      (one) => one.getBoundingClientRect().top >= edge,
    )!;
    return { text: found.textContent!, top: found.getBoundingClientRect().top };
  });
}

/** Where a row stands in each frame of the next while, in px. */
function watch(tab: Tab, text: string): Promise<number[]> {
  return tab.timeline.evaluate(async (box, wanted) => {
    const tops: number[] = [];
    for (let frame = 0; frame < 30; frame++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const row = [...box.querySelectorAll(".row .text, .row .rich")].find(
        (one) => one.textContent === wanted,
      );
      tops.push(row?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY);
    }
    return tops;
  }, text);
}
