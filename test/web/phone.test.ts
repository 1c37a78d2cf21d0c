import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { House } from "./support/house.ts";
import { Tab } from "./support/person.ts";

const SIZES: Record<string, BrowserContextOptions> = {
  "a phone": { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
  "a window of 320 px (WCAG 1.4.10)": { viewport: { width: 320, height: 640 } },
  "a phone on its side": { viewport: { width: 780, height: 390 }, hasTouch: true, isMobile: true },
};

const TALK = Array.from(
  { length: 3_000 },
  (_, index) =>
    `**line** ${index} ${"words ".repeat((index * 7) % 90)}${index % 9 === 0 ? "\n- one\n- two" : ""}`,
);

describe("the page fits", () => {
  let house: House;
  before(async () => {
    const now = Date.now();
    house = await House.open({
      loading: TALK.map((text, index) => ({
        by: `Person ${index % 3}`,
        text,
        at: now - (TALK.length - index) * 40_000,
      })),
    });
  });
  after(() => house[Symbol.asyncDispose]());

  /** Nothing scrolls sideways, and all that can be pressed is in view, whole. */
  async function fits(tab: Tab, state: string): Promise<void> {
    await tab.page.evaluate(() =>
      Promise.all(document.getAnimations().map((one) => (one.playState === "running" ? one.finished : 0))),
    );
    const wrong = await tab.page.evaluate(() => {
      const root = document.scrollingElement!;
      const found: string[] = [];
      if (root.scrollWidth > innerWidth) found.push(`${root.scrollWidth} px wide`);
      if (root.scrollHeight > innerHeight + 1 && document.querySelector(".welcome") === null)
        found.push(`${root.scrollHeight} px high`);
      for (const element of document.querySelectorAll("button, a, input, select, textarea, [role=option]")) {
        if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        if (element.matches(".scrim, .skip-link") || element.closest(".timeline") !== null) continue;
        const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
        const name = element.getAttribute("aria-label") ?? element.textContent;
        if (left < -0.5 || right > innerWidth + 0.5) found.push(`${name}: ${left} to ${right}`);
        // What scrolls has all that is in it.
        const isScrolled = element.closest(".welcome, .empty-state, dialog, .room-list, .people, .choices");
        if (isScrolled === null && (top < -0.5 || bottom > innerHeight + 0.5))
          found.push(`${name}: ${top} to ${bottom} of ${innerHeight}`);
        if (width < 24 || height < 20) found.push(`${name}: ${width} × ${height}`);
      }
      return found;
    });
    assert.deepEqual(wrong, [], state);
  }

  async function walk(tab: Tab): Promise<void> {
    await fits(tab, "first visit");
    await tab.introduce("Ada");
    await tab.isIn();
    await fits(tab, "an empty room");
    await tab.say("hello from a phone");
    await tab.sees("hello from a phone");
    await tab.allSent();
    await tab.field.fill("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine");
    await fits(tab, "a long draft");
    assert.ok((await tab.timeline.boundingBox())!.height > 40, "and what was said is still in view");
    await tab.field.fill("");
    const menu = tab.page.getByRole("button", { name: /^Rooms/ });
    if (await menu.isVisible()) {
      await menu.click();
      await tab.page.getByRole("button", { name: "Settings" }).click();
    } else await tab.page.getByRole("button", { name: "Settings" }).click();
    await tab.page.getByRole("dialog", { name: "Settings" }).waitFor();
    await fits(tab, "settings");
    await tab.page.getByRole("button", { name: "Done" }).click();
    const people = tab.page.getByRole("button", { name: /^People here/ });
    await people.click();
    await tab.page.getByRole("complementary", { name: "People here" }).getByText("you").waitFor();
    await fits(tab, "people");
    const { width, height } = tab.page.viewportSize()!;
    await tab.page.mouse.click(10, height - 10); // beside it
    await tab.page.getByRole("complementary", { name: "People here" }).waitFor({ state: "hidden" });
    if (await menu.isVisible()) {
      await menu.click();
      await fits(tab, "rooms");
      await tab.page.mouse.click(width - 5, height / 2);
      await tab.page.getByRole("navigation", { name: "Rooms" }).waitFor({ state: "hidden" });
    }
    await tab.page.goto(`${house.origin}/r/${encodeURIComponent("<no room>".repeat(20))}`);
    await tab.page.getByRole("heading", { name: "No room has this name" }).waitFor();
    await fits(tab, "no such room");
    tab.isQuiet();
  }

  for (const [size, options] of Object.entries(SIZES)) {
    it(`in ${size}: nothing scrolls sideways, nothing is cut off`, async () => {
      await using ada = await house.person("Ada", options);
      const tab = new Tab(await ada.context.newPage());
      await tab.page.goto(`${house.origin}/r/fits-${options.viewport!.width}`);
      await walk(tab);
    });
  }

  for (const width of [1280, 390]) {
    it(`with letters twice as large in a window of ${width} px (WCAG 1.4.4)`, async () => {
      await using ada = await house.person("Ada", { viewport: { width, height: 780 } });
      const tab = new Tab(await ada.context.newPage());
      // As in the browser's settings, where 16 px are usual.
      const devtools = await ada.context.newCDPSession(tab.page);
      const letters = (px: number) => devtools.send("Page.setFontSizes", { fontSizes: { standard: px } });
      await letters(32);
      await tab.page.goto(`${house.origin}/r/large-${width}`);
      await fits(tab, "first visit");
      await tab.introduce("Ada");
      await tab.isIn();
      await fits(tab, "an empty room");
      await tab.say("large words, and some more of them");
      await tab.sees("large words, and some more of them");
      await tab.allSent();
      await fits(tab, "a room");
      assert.ok(await tab.page.getByRole("button", { name: "Send" }).isVisible());
      const large = await fontSizes(tab);
      await letters(16);
      const usual = await fontSizes(tab);
      assert.ok(usual.length > 30);
      assert.deepEqual(
        large,
        usual.map(({ of, px }) => ({ of, px: 2 * px })),
      );
      tab.isQuiet();
    });
  }

  it("a tap into what was said shows when each of it was, and the next one elsewhere hides that again", async () => {
    await using ada = await house.person("Ada", SIZES["a phone"]!);
    await house.hears("times", ["one", "two"]);
    const tab = await ada.enter("/r/times");
    await tab.sees("two");
    const time = tab.row("two").locator("time");
    const opacity = () => time.evaluate((element) => getComputedStyle(element).opacity);
    assert.equal(await opacity(), "0");
    await tab.row("two").tap();
    assert.equal(await opacity(), "1");
    const { x, width } = (await time.boundingBox())!;
    assert.ok(x >= 0 && x + width <= (await tab.row("two").locator(".text").boundingBox())!.x);
    await tab.field.tap();
    assert.equal(await opacity(), "0");
    tab.isQuiet();
  });

  it("a text and the field to write in are one column, in the widest window too", async () => {
    await house.hears("column", ["words ".repeat(200)]);
    for (const width of [390, 1280, 1920]) {
      await using ada = await house.person("Ada", { viewport: { width, height: 780 } });
      const tab = await ada.enter("/r/column");
      const text = (await tab.texts.first().boundingBox())!;
      const avatar = (await tab.timeline.locator(".avatar").first().boundingBox())!;
      const field = (await tab.field.boundingBox())!;
      assert.ok(Math.abs(avatar.x - field.x) <= 1, `${width} px: begins at ${avatar.x} and ${field.x}`);
      const [end, fieldEnd] = [text.x + text.width, field.x + field.width];
      assert.ok(Math.abs(end - fieldEnd) <= 16, `${width} px: ends at ${end} and ${fieldEnd}`); // a scroll bar
      assert.ok(field.width <= 760, `${width} px: ${field.width} px wide`);
      tab.isQuiet();
    }
  });

  it("where less motion is asked for nothing moves by itself", async () => {
    await using ada = await house.person("Ada", {
      reducedMotion: "reduce",
      viewport: { width: 390, height: 780 },
    });
    await using bob = house.writer("Bob");
    const room = await bob.join("calm");
    const tab = await ada.enter("/r/calm");
    room.type();
    await tab.page.getByText("Bob is typing").waitFor();
    for (const button of [/^Rooms/, "Settings"] as const) {
      await tab.page.getByRole("button", { name: button }).click();
      const moving = await tab.page.evaluate(() =>
        document
          .getAnimations()
          .filter((one) => Number(one.effect?.getComputedTiming().activeDuration) > 1)
          .map((one) => (one as CSSAnimation).animationName ?? "a transition"),
      );
      assert.deepEqual(moving, []);
    }
    tab.isQuiet();
  });

  it("and stays where it is while it loads: nothing is pushed around by what comes later", async () => {
    for (const options of [{}, SIZES["a phone"]!]) {
      await using ada = await house.person("Ada", options);
      await (await ada.enter("/r/loading")).close();
      await ada.context.addInitScript(() => {
        const shifts: Shift[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as unknown as (Shift & { hadRecentInput: boolean })[]) {
            if (!entry.hadRecentInput) shifts.push(entry);
          }
        }).observe({ type: "layout-shift", buffered: true });
      });
      for (const [path, news] of [
        ["/", 0],
        ["/r/loading", 0],
        ["/r/loading", 250],
      ] as const) {
        await house.hears("loading", TALK.slice(0, news));
        const tab = await ada.enter(path);
        // What is older comes in front of what is new, and moves it nowhere either.
        if (path !== "/") {
          await tab.page.waitForFunction(() => document.querySelector(".timeline")!.scrollTop > 1_500);
          await tab.isStill();
        }
        const shifts = await tab.page.evaluate(() =>
          (window as unknown as { shifts: Shift[] }).shifts.map(({ value, sources }) => {
            const of = sources.map(({ node }) => (node instanceof Element ? node.className : node?.nodeName));
            return { value, of: of.join(", ") };
          }),
        );
        const sum = shifts.reduce((all, { value }) => all + value, 0);
        assert.ok(sum <= 0.02, `${path}, ${news} new: ${JSON.stringify(shifts)}`);
        await tab.close();
      }
    }
  });
});

/** The size of the letters of every element. */
function fontSizes({ page }: Tab): Promise<{ of: string; px: number }[]> {
  return page.evaluate(() =>
    [...document.body.querySelectorAll("*")].map((element) => ({
      of: `${element.tagName} ${element.className}`,
      px: Number.parseFloat(getComputedStyle(element).fontSize),
    })),
  );
}

/** What a browser notes of something that moved by itself. */
type Shift = { readonly value: number; readonly sources: readonly { readonly node: Node | null }[] };
