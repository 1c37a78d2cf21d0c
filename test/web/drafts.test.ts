import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { House } from "./support/house.ts";

describe("a draft", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  it("is kept for each room, while one is in another and over a reload", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/");
    await tab.field.fill("for the lobby");
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill("drafts");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "drafts" }).waitFor();
    assert.equal(await tab.field.inputValue(), "");
    await tab.field.fill("two\nlines");
    await tab.goTo("lobby");
    assert.equal(await tab.field.inputValue(), "for the lobby");
    await tab.goTo("drafts");
    assert.equal(await tab.field.inputValue(), "two\nlines");
    const height = (await tab.field.boundingBox())!.height;
    await tab.page.reload();
    await tab.isIn();
    assert.equal(await tab.field.inputValue(), "two\nlines");
    assert.equal((await tab.field.boundingBox())!.height, height, "it is as high as its text");
    tab.isQuiet();
  });

  it("is gone when it is sent, and stays gone", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/sent");
    await tab.say("said");
    await tab.sees("said");
    assert.equal(await tab.field.inputValue(), "");
    await tab.page.reload();
    await tab.isIn();
    assert.equal(await tab.field.inputValue(), "");
    tab.isQuiet();
  });

  it("is written down also where the tab is closed at once", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/closed");
    await tab.field.pressSequentially("in a hurr");
    await tab.page.close({ runBeforeUnload: true });
    const next = await ada.enter("/r/closed");
    assert.equal(await next.field.inputValue(), "in a hurr");
    next.isQuiet();
  });

  it("lasts as long as the page where the browser keeps nothing, or is full", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/full");
    await tab.page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await tab.field.fill("not kept");
    // As each time that one looks at another tab: all that was typed is kept at once.
    await tab.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill("empty");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "empty" }).waitFor();
    assert.equal(await tab.field.inputValue(), "");
    await tab.goTo("full");
    assert.equal(await tab.field.inputValue(), "not kept");
    tab.isQuiet();
  });

  it("and what is sent are told apart: blanks alone are not sent, and Enter in them does nothing", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/blank");
    await tab.field.fill("  \n ");
    await tab.field.press("Enter");
    assert.ok(await tab.page.getByRole("button", { name: "Send" }).isDisabled());
    assert.equal(await tab.page.locator(".row").count(), 0);
    assert.equal(await tab.field.inputValue(), "  \n ");
    await tab.field.fill("  something  ");
    await tab.page.getByRole("button", { name: "Send" }).click();
    await tab.timeline.getByText("something").waitFor();
    assert.ok(await tab.field.evaluate((field) => field === document.activeElement));
    tab.isQuiet();
  });
});
