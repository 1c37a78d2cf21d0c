import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { focused, openWithKeys, tabTo } from "./support/focus.ts";
import type { House } from "./support/house.ts";
import { Tab } from "./support/person.ts";

describe("with the keyboard alone", () => {
  let house: House;
  before(async () => {
    house = await openWithKeys();
  });
  after(() => house[Symbol.asyncDispose]());

  it("one gives a name, writes, changes rooms and settings, and scrolls; the focus is seen all along", async () => {
    await using ada = await house.person("Ada");
    const tab = new Tab(await ada.context.newPage());
    const { keyboard } = tab.page;
    await tab.page.goto(`${house.origin}/r/keys`);
    await tab.page.getByLabel("What shall the others call you?").waitFor();
    assert.equal(await focused(tab), "What shall the others call you?");
    await keyboard.type("Ada");
    await keyboard.press("Enter");
    await tab.isIn();
    assert.equal(await focused(tab), "Message to #keys");
    await keyboard.type("without a mouse");
    await keyboard.press("Enter");
    await tab.sees("without a mouse");
    assert.equal(await focused(tab), "Message to #keys");

    await tabTo(tab, /^Messages in #keys$/, "Shift+Tab");
    const shown = () =>
      tab
        .row("line 79")
        .locator("time")
        .evaluate((time) => getComputedStyle(time).opacity);
    assert.equal(await shown(), "1", "and each message has its time");
    await tabTo(tab, /^Message to #keys$/);
    assert.equal(await shown(), "0");

    await keyboard.press("Control+k");
    assert.equal(await focused(tab), "Name of a room");
    await keyboard.type("second");
    await keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "second" }).waitFor();
    assert.equal(await focused(tab), "Message to #second");
    for (const [key, room] of [
      ["Alt+ArrowUp", "keys"],
      ["Alt+ArrowUp", "second"],
      ["Alt+ArrowDown", "keys"],
    ] as const) {
      await keyboard.press(key);
      await tab.page.getByRole("heading", { level: 1, name: room }).waitFor();
      assert.equal(await focused(tab), `Message to #${room}`);
    }

    await tab.isIn();
    await tabTo(tab, /^Messages in #keys$/, "Shift+Tab");
    const place = () => tab.timeline.evaluate((box) => box.scrollTop);
    await tab.isAtEnd();
    const end = await place();
    await keyboard.press("PageUp");
    await tab.page.waitForFunction((old) => document.querySelector(".timeline")!.scrollTop < old - 200, end);
    // Rows that turn out to be higher on the way put the beginning farther away: one presses again.
    for (let presses = 0; (await place()) > 10 && presses < 5; presses++) {
      await keyboard.press("Home");
      await tab.isStill();
    }
    assert.ok((await place()) <= 10);
    await tab.sees("line 0");
    await keyboard.press("Escape");
    await tab.isAtEnd();
    await focused(tab);
    await tab.field.focus();
    await keyboard.press("PageUp");
    await tab.page.waitForFunction((old) => document.querySelector(".timeline")!.scrollTop < old - 200, end);
    await keyboard.press("Escape");
    await tab.isAtEnd();
    assert.equal(await focused(tab), "Message to #keys");
    tab.isQuiet();
  });

  it("the link to the field leads there, and where one was in the timeline one still is", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/keys");
    await tab.isAtEnd();
    await tab.timeline.evaluate((box) => Object.assign(box, { isTheSame: true }));
    await tab.scrollTo(700);
    await tab.isStill();
    const place = () => tab.timeline.evaluate((box) => box.scrollTop);
    const before = await place();
    await tab.page.getByRole("link", { name: "Skip to writing a message" }).focus();
    await tab.page.keyboard.press("Enter");
    await tab.page.keyboard.press("Tab");
    assert.equal(await focused(tab), "Message to #keys");
    await tab.isStill();
    assert.ok(await tab.timeline.evaluate((box) => "isTheSame" in box));
    assert.equal(await place(), before);
    assert.equal(new URL(tab.page.url()).hash, "");
    tab.isQuiet();
  });
});
