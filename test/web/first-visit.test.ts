import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";
import { Person, Tab } from "./support/person.ts";

describe("the first visit", () => {
  let natter: Natter;
  let browser: Browser;
  let origin: string;
  before(async () => {
    [natter, browser] = await Promise.all([Natter.start(), openBrowser()]);
    origin = `http://localhost:${natter.port}`;
  });
  after(async () => {
    await browser.close();
    await natter[Symbol.asyncDispose]();
  });

  it("asks for a name, and that is all: one is in the lobby, which says that it is empty", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/");
    await tab.page.getByRole("heading", { name: "#lobby is empty so far" }).waitFor();
    await tab.isConnected();
    assert.equal(await tab.page.title(), "#lobby · natter");
    tab.isQuiet();
  });

  it("keeps the name: the next time one is in at once, as the same person", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const first = await ada.open("/r/kept");
    await first.say("it is me");
    await first.sees("it is me");
    await first.allSent();
    await first.page.reload();
    await first.sees("it is me");
    assert.equal(await first.timeline.getByRole("heading", { name: /^Ada / }).count(), 1);
    await first.page.getByRole("complementary", { name: "People here" }).getByText("you").waitFor();
    first.isQuiet();
  });

  it("says what is wrong with a name before anything is sent, and takes a better one", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = new Tab(await ada.context.newPage());
    await tab.page.goto(origin);
    const alert = tab.page.getByRole("alert");
    await tab.page.getByRole("button", { name: "Start chatting" }).click();
    assert.match(await alert.innerText(), /Type a name first/);
    const field = tab.page.getByLabel("What shall the others call you?");
    await field.fill("42");
    await field.press("Enter");
    assert.match(await alert.innerText(), /digits only/);
    await tab.introduce("Ada 42");
    tab.isQuiet();
  });

  it("asks again where the server refuses the name, keeps the place, and goes on", async () => {
    await using ada = await Person.arrive(browser, "\u0301da", origin); // begins with a combining mark (N3)
    const tab = await ada.open("/r/again");
    const dialog = tab.page.getByRole("dialog", { name: "Another name, please" });
    await dialog.getByLabel("Your name").fill("Ada");
    await dialog.getByRole("button", { name: "Use this name" }).click();
    await dialog.waitFor({ state: "detached" });
    await tab.isConnected();
    await tab.say("here I am");
    await tab.sees("here I am");
    await tab.allSent();
    tab.isQuiet();
  });

  it("leads to a room by both forms of its address, which becomes the one to share", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    for (const path of ["/r/team", "/#/team", "/r/TEAM"]) {
      const tab = await ada.open(path);
      await tab.page.getByRole("heading", { level: 1, name: "team" }).waitFor();
      assert.equal(new URL(tab.page.url()).pathname + new URL(tab.page.url()).hash, "/r/team");
      tab.isQuiet();
      await tab.page.close();
    }
  });

  it("to an address that no room can have says so, and shows the way to the lobby", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/");
    await tab.page.goto(`${origin}/r/${encodeURIComponent("<svg onload=pwned=1>")}`);
    await tab.page.getByRole("heading", { name: "No room has this name" }).waitFor();
    await tab.page.getByText("“<svg onload=pwned=1>”").waitFor();
    await tab.page.getByRole("button", { name: "Go to #lobby" }).click();
    await tab.field.waitFor();
    assert.equal(new URL(tab.page.url()).pathname, "/");
    tab.isQuiet();
  });

  it("makes a room by naming it, and the list has it from then on", async () => {
    await using ada = await Person.arrive(browser, "Ada", origin);
    const tab = await ada.open("/");
    await tab.page.keyboard.press("Control+k");
    const dialog = tab.page.getByRole("dialog", { name: "Find or make a room" });
    await dialog.getByRole("combobox").fill("#Quiet Corner");
    await dialog.getByRole("option", { name: /quiet-corner\s*not on your list/ }).waitFor();
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "quiet-corner" }).waitFor();
    await tab.page.getByRole("link", { name: "quiet-corner" }).waitFor();
    await tab.page.goBack();
    await tab.page.getByRole("heading", { level: 1, name: "lobby" }).waitFor();
    tab.isQuiet();
  });
});
