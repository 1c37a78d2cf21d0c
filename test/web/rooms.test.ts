import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import type { Tab } from "./support/person.ts";

const MANY = Array.from({ length: 40 }, (_, index) => `room-${String(index).padStart(2, "0")}`);

describe("the list of rooms, and a room's name", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  const link = (tab: Tab, room: string) =>
    tab.page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: new RegExp(room) });
  const inView = (tab: Tab, room: string) =>
    link(tab, room).evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      const list = element.closest(".room-list")!.getBoundingClientRect();
      return top >= list.top && bottom <= list.bottom;
    });

  it("of 40 rooms, those with something unread below the fold are pointed at, and a key press leads to them", async () => {
    await using ada = await house.person("Ada", { viewport: { width: 1280, height: 600 } });
    const tab = await ada.enter("/r/room-00");
    for (const room of MANY.slice(1)) {
      await tab.page.keyboard.press("Control+k");
      await tab.page.getByRole("combobox").fill(room);
      await tab.page.keyboard.press("Enter");
      await tab.page.getByRole("heading", { level: 1, name: room }).waitFor();
    }
    await tab.goTo("room-01");
    const hint = tab.page.getByRole("button", { name: "unread below" });
    await house.hears("room-02", ["in view"]);
    await link(tab, "room-02").getByText("1 unread").waitFor();
    assert.equal(await hint.count(), 0);
    for (const room of ["room-30", "room-35"]) await house.hears(room, ["out of view"]);
    await hint.getByText("2 unread below").waitFor();
    await hint.focus();
    await tab.page.keyboard.press("Enter");
    assert.ok(await inView(tab, "room-30"));
    assert.ok(await link(tab, "room-30").evaluate((element) => element === document.activeElement));
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "room-30" }).waitFor();
    if (await hint.isVisible()) await hint.click();
    await tab.goTo("room-35");
    await hint.waitFor({ state: "detached" });
    tab.isQuiet();
  });

  it("rooms that are too many to be listened to are on it all the same, and open as others do", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    const rooms = Array.from({ length: 95 }, (_, index) => ({
      room: `many-${String(index).padStart(2, "0")}`,
      ...{ head: 0, read: 0, unread: 0 },
    }));
    network.answer = ({ type, ref }) => (type === "rooms" ? { type: "rooms", ref, rooms } : undefined);
    const tab = await ada.enter("/");
    await link(tab, "many-94").waitFor();
    assert.equal(await link(tab, "many-").count(), 95);
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill("many-93");
    await tab.page.getByRole("option", { name: /many-93$/ }).waitFor();
    assert.equal(await tab.page.getByRole("option").count(), 1);
    await tab.page.keyboard.press("Escape");
    await tab.goTo("many-94");
    await tab.isIn();
    assert.equal(await link(tab, "many-").count(), 95);
    assert.equal(await link(tab, "many-94").getAttribute("aria-current"), "page");
    tab.isQuiet();
  });

  it("a room's whole name and its address, to be copied, are behind its title, however long it is", async () => {
    const room = "so-long-a-name-that-no-header-of-a-phone-would-ever-have-a-place";
    await using ada = await house.person("Ada", {
      viewport: { width: 375, height: 700 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const tab = await ada.enter(`/r/${room}`);
    await tab.page.getByRole("heading", { level: 1 }).getByRole("button").click();
    const dialog = tab.page.getByRole("dialog", { name: `#${room}` });
    const address = `${house.origin}/r/${room}`;
    assert.equal(await dialog.getByLabel("Whoever opens this address is in:").inputValue(), address);
    const title = await dialog.getByRole("heading").evaluate((h2) => h2.scrollWidth <= h2.clientWidth);
    assert.ok(title, "the name is there as a whole");
    await dialog.getByRole("button", { name: "Copy the address" }).click();
    await dialog.getByRole("status").getByText("Copied.").waitFor();
    assert.equal(await tab.page.evaluate(() => navigator.clipboard.readText()), address);
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
    tab.isQuiet();
  });

  it("the address is copied also where the browser has no clipboard for pages: at http:// addresses", async () => {
    await using ada = await house.person("Ada");
    await ada.context.addInitScript(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
    });
    const tab = await ada.enter("/r/no-clipboard");
    await tab.page.getByRole("heading", { level: 1 }).getByRole("button").click();
    await tab.page.getByRole("button", { name: "Copy the address" }).click();
    await tab.page.getByText("Copied.").waitFor();
    await tab.page.keyboard.press("Escape");
    await tab.field.focus();
    await tab.page.keyboard.press("Control+v");
    assert.equal(await tab.field.inputValue(), `${house.origin}/r/no-clipboard`);
    tab.isQuiet();
  });

  it("who is here is not called nobody while one is still on the way in", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    network.hold(/"joined"/);
    const tab = await ada.open("/r/on-the-way");
    await tab.isConnected();
    const people = tab.page.getByRole("complementary", { name: "People here" });
    await people.getByText("Here now").waitFor();
    assert.equal(await people.getByText("Nobody can be seen").count(), 0);
    network.release();
    await people.getByText("you").waitFor();
    network.refuse(1013);
    await network.cut(1013);
    await tab.page.reload();
    await people.getByText("Nobody can be seen while there is no connection.").waitFor();
    tab.isQuiet();
  });

  it("people on other machines may be missing from it: it says so while the servers cannot see each other", async () => {
    await using ada = await house.person("Ada");
    await using bob = house.writer("Bob");
    const network = await Network.of(ada);
    network.rewrite = (said) => said.replace('"count":', '"partial":true,"count":');
    const tab = await ada.enter("/r/apart");
    const people = tab.page.getByRole("complementary", { name: "People here" });
    const note = people.getByText("Some people may be missing");
    await note.waitFor();
    await people.getByText("you").waitFor();
    network.rewrite = (said) => said;
    await bob.join("apart");
    await people.getByText("Bob").waitFor();
    await note.waitFor({ state: "detached" });
    tab.isQuiet();
  });

  it("a name is never cut where one looks who is here, and its tag says what it is for (N4)", async () => {
    const name = "Wolfeschlegelsteinhausenberger-D";
    await using ada = await house.person(name);
    const tab = await ada.enter("/r/long-names");
    await using other = house.writer(name);
    await other.join("long-names");
    const people = tab.page.getByRole("complementary", { name: "People here" });
    await people.locator(".tag").nth(1).waitFor();
    for (const one of await people.locator(".name").all()) {
      assert.ok(await one.evaluate((element) => element.scrollWidth <= element.clientWidth + 1));
      assert.equal(await one.innerText(), name);
      const lines = await one.evaluate(
        (element) => element.clientHeight / Number.parseFloat(getComputedStyle(element).lineHeight),
      );
      assert.ok(lines < 2.5, `${lines} lines`);
    }
    await people.getByText("Names that look alike have a tag").waitFor();
    tab.isQuiet();
  });
});
