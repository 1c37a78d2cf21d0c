import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import type { Tab } from "./support/person.ts";

describe("two tabs of one person", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  const here = (tab: Tab) => tab.page.getByRole("complementary", { name: "People here" });

  it("show the same, also what was said in the other, each message once", async () => {
    await using ada = await house.person("Ada");
    await using bob = await house.person("Bob");
    const [one, two] = [await ada.enter("/r/both"), await ada.enter("/r/both")];
    const his = await bob.enter("/r/both");
    await one.say("from the one");
    await two.sees("from the one");
    await two.say("from the other");
    await one.sees("from the other");
    await his.say("from Bob");
    const all = ["from the one", "from the other", "from Bob"];
    for (const tab of [one, two, his]) {
      await tab.sees("from Bob");
      await tab.allSent();
      assert.deepEqual(await tab.texts.allInnerTexts(), all);
      tab.isQuiet();
    }
    assert.equal(await one.timeline.locator(".who").count(), 2, "both of Ada's under her name");
  });

  it("T1 are one person to the others, who stays while one of them is open", async () => {
    await using ada = await house.person("Ada");
    await using bob = await house.person("Bob");
    const his = await bob.enter("/r/once");
    const [one, two] = [await ada.enter("/r/once"), await ada.enter("/r/once")];
    await here(his).getByText("Here now 2").waitFor();
    await here(two).getByText("Here now 2").waitFor();
    assert.equal(await here(his).getByText("Ada", { exact: true }).count(), 1);
    await one.close();
    await two.say("still here");
    await his.sees("still here");
    assert.equal(await here(his).getByText("Ada", { exact: true }).count(), 1);
    his.isQuiet();
    two.isQuiet();
  });

  it("N5 go by one name: what is changed in one is changed in the other, and for everybody", async () => {
    await using ada = await house.person("Ada");
    await using bob = await house.person("Bob");
    const his = await bob.enter("/r/renamed");
    const [one, two] = [await ada.enter("/r/renamed"), await ada.enter("/r/renamed")];
    await one.page.getByRole("button", { name: "Settings" }).click();
    await one.page.getByLabel("Your name").fill("Countess");
    await one.page.getByRole("button", { name: "Done" }).click();
    for (const tab of [one, two]) await tab.page.locator(".me-name", { hasText: "Countess" }).waitFor();
    await here(his).getByText("Countess").waitFor();
    assert.equal(await here(his).getByText("Ada", { exact: true }).count(), 0);
    await two.say("as the countess");
    await his.sees("as the countess");
    await his.timeline.getByRole("heading", { name: /^Countess/ }).waitFor();
    await two.page.reload();
    await two.page.locator(".me-name", { hasText: "Countess" }).waitFor();
    for (const tab of [one, two, his]) tab.isQuiet();
  });

  it("have the same settings", async () => {
    await using ada = await house.person("Ada");
    const [one, two] = [await ada.enter("/"), await ada.enter("/")];
    for (const tab of [one, two]) await tab.page.getByRole("button", { name: "Settings" }).click();
    const sound = "Sounds";
    await one.page.getByLabel(sound).selectOption("For messages that mention me");
    await two.page.waitForFunction(() => document.querySelectorAll("select")[1]?.value === "mentions");
    await two.page.getByLabel(sound).selectOption("nothing");
    await one.page.waitForFunction(() => document.querySelectorAll("select")[1]?.value === "nothing");
    one.isQuiet();
    two.isQuiet();
  });

  it("keep a draft each while both are open; the next tab begins with what was typed last", async () => {
    await using ada = await house.person("Ada");
    const [one, two] = [await ada.enter("/r/typed"), await ada.enter("/r/typed")];
    await one.field.fill("in the one");
    await two.field.fill("in the other");
    await two.page.waitForFunction(() => localStorage.getItem("natter.draft.typed") === "in the other");
    assert.equal(await one.field.inputValue(), "in the one");
    await one.close();
    await two.close();
    const next = await ada.enter("/r/typed");
    assert.equal(await next.field.inputValue(), "in the other");
    next.isQuiet();
  });

  it("P3 P4 hand on what waits: what a closed tab did not get out, the other sends, once and in order", async () => {
    await using ada = await house.person("Ada");
    await using bob = await house.person("Bob");
    const network = await Network.of(ada);
    const his = await bob.enter("/r/handed-on");
    const two = await ada.enter("/");
    network.refuse(1013);
    const one = await ada.open("/r/handed-on");
    const texts = ["left 1", "left 2", "left 3"];
    for (const text of texts) await one.say(text);
    await one.timeline.getByText("left 3").waitFor();
    await one.keeps(texts.length);
    await one.page.close();
    await his.sees("left 3");
    assert.deepEqual(await his.texts.allInnerTexts(), texts);
    his.isQuiet();
    two.isQuiet();
  });
});
