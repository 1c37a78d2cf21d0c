import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ChatClient } from "@natter/client";
import { House } from "./support/house.ts";
import type { Person, Tab } from "./support/person.ts";

describe("while one types", () => {
  let house: House;
  let ada: Person;
  let tab: Tab;
  let others: ChatClient[];
  before(async () => {
    house = await House.open();
    ada = await house.person("Ada");
    others = ["Bob", "Barbara Ann", "José"].map((name) => house.writer(name));
    await Promise.all(others.map((other) => other.join("typing")));
    tab = await ada.enter("/r/typing");
    await tab.page.getByRole("complementary", { name: "People here" }).getByText("José").waitFor();
  });
  after(async () => {
    tab.isQuiet();
    await Promise.all(others.map((other) => other.close()));
    await house[Symbol.asyncDispose]();
  });

  const list = () => tab.page.getByRole("listbox", { name: "Suggestions" });
  const chosen = () => list().getByRole("option", { selected: true });
  const type = (text: string) => tab.field.pressSequentially(text);
  const value = () => tab.field.inputValue();
  const clear = () => tab.field.fill("");

  it("`:na` offers emoji; arrows choose, Enter takes, and the next Enter sends", async () => {
    await type("well :tad");
    await chosen().getByText(":tada:").waitFor();
    const id = await tab.field.getAttribute("aria-activedescendant");
    assert.equal(await chosen().getAttribute("id"), id);
    await tab.field.press("Enter");
    assert.equal(await value(), "well 🎉 ");
    await list().waitFor({ state: "detached" });
    await tab.field.press("Enter");
    await tab.sees("well 🎉");
    await type(":smi");
    await list().waitFor();
    const first = await chosen().innerText();
    await tab.field.press("ArrowDown");
    assert.notEqual(await chosen().innerText(), first);
    await tab.field.press("ArrowUp");
    assert.equal(await chosen().innerText(), first);
    await tab.field.press("ArrowUp");
    const last = await list().getByRole("option").last().innerText();
    assert.equal(await chosen().innerText(), last, "it goes round");
    await clear();
  });

  it("Tab takes, too, and Esc closes until something else is typed", async () => {
    await type(":rocke");
    await chosen().getByText(":rocket:").waitFor();
    await tab.field.press("Tab");
    assert.equal(await value(), "🚀 ");
    assert.ok(await tab.field.evaluate((field) => field === document.activeElement));
    await type(":rocke");
    await list().waitFor();
    await tab.field.press("Escape");
    await list().waitFor({ state: "detached" });
    assert.equal(await value(), "🚀 :rocke");
    await type("t");
    await list().waitFor();
    await tab.field.press("Escape");
    await tab.field.press("Enter");
    await tab.sees("🚀 :rocket");
    assert.equal(await value(), "");
  });

  it("a name that is closed by its second colon becomes the emoji, and others stay as typed", async () => {
    await type("so :tada: at 10:30: and :nothing: http://a:80:");
    assert.equal(await value(), "so 🎉 at 10:30: and :nothing: http://a:80:");
    assert.equal(await list().count(), 0);
    await clear();
  });

  it("`@na` offers who is here, but not oneself, by any part of the name and without its accents", async () => {
    const offered = async () => await list().getByRole("option").locator("bdi").allInnerTexts();
    await type("@");
    await list().waitFor();
    assert.deepEqual(await offered(), ["Barbara Ann", "Bob", "José"]);
    await type("b");
    await list().getByText("José").waitFor({ state: "detached" });
    assert.deepEqual(await offered(), ["Barbara Ann", "Bob"]);
    await clear();
    await type("hello @ann");
    await chosen().getByText("Barbara Ann").waitFor();
    await tab.field.press("Enter");
    assert.equal(await value(), "hello @Barbara Ann ");
    await type("and @jose");
    await chosen().click();
    assert.equal(await value(), "hello @Barbara Ann and @José ");
    await tab.field.press("Enter");
    await tab.timeline.locator(".mention", { hasText: "@Barbara Ann" }).waitFor();
    await clear();
  });

  it("a whole name is not offered again: Enter sends what is complete", async () => {
    await type("hi @Bob");
    await tab.field.press("Enter");
    await tab.sees("hi @Bob");
    assert.equal(await value(), "");
  });

  it("Shift+Enter breaks the line, and Enter sends all of it", async () => {
    await type("one");
    await tab.field.press("Shift+Enter");
    await type("two");
    assert.equal(await value(), "one\ntwo");
    await tab.field.press("Enter");
    await tab.sees("one\ntwo");
  });

  it("Enter that ends the composition of a character sends nothing (IME)", async () => {
    const devtools = await ada.context.newCDPSession(tab.page);
    await tab.field.focus();
    await devtools.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
    await devtools.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      key: "Process",
      code: "Enter",
      windowsVirtualKeyCode: 229,
    });
    await tab.field.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true });
    // As Safari does it: the composition is over, but the key belonged to it.
    await tab.field.dispatchEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true });
    assert.equal(await value(), "に");
    await devtools.send("Input.insertText", { text: "日本" });
    assert.equal(await value(), "日本");
    await tab.field.press("Enter");
    await tab.sees("日本");
    assert.equal(await value(), "");
  });
});

describe("where the emoji come late", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  it("or not at all, nothing is offered, and one goes on writing; they are asked for again by what is typed next", async () => {
    await using ada = await house.person("Ada");
    let asked = 0;
    await ada.context.route(/\/assets\/emoji-/, (route) => {
      asked++;
      return route.abort();
    });
    const tab = await ada.enter("/r/no-emoji");
    await tab.field.pressSequentially("not :sm");
    await tab.field.press("Enter");
    await tab.sees("not :sm");
    // Whoever asks again at each answer has asked about as often by then.
    await tab.page.evaluate(async () => {
      for (let times = 0; times < 20; times++) await fetch("/icon.svg");
    });
    assert.ok(asked >= 1 && asked <= 4, `asked for ${asked} times`);
    assert.equal(await tab.page.getByRole("listbox").count(), 0);
  });

  it("they are offered for what stands there by then, and not for what stood there before", async () => {
    await using ada = await house.person("Ada");
    const held = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<string>();
    await ada.context.route(/\/assets\/emoji-/, async (route) => {
      asked.resolve(route.request().url());
      await held.promise;
      await route.continue();
    });
    const tab = await ada.enter("/r/late-emoji");
    await tab.field.pressSequentially(":tad");
    const url = await asked.promise;
    await tab.field.fill("something else");
    held.resolve();
    await tab.page.evaluate(async (script) => {
      await import(script);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }, url);
    assert.equal(await tab.page.getByRole("listbox").count(), 0);
    await tab.field.fill(":tad");
    await tab.page.getByRole("option", { selected: true }).getByText(":tada:").waitFor();
    tab.isQuiet();
  });
});
