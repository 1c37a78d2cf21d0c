import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserContextOptions, Locator } from "playwright-core";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import { Tab } from "./support/person.ts";

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 } };

describe("with the keyboard alone", () => {
  let house: House;
  before(async () => {
    house = await House.open();
    await house.hears(
      "keys",
      Array.from({ length: 80 }, (_, index) => `line ${index}`),
    );
  });
  after(() => house[Symbol.asyncDispose]());

  /** What has the focus, in words. It is there, in view, and to be seen. */
  async function focused(tab: Tab): Promise<string> {
    const found = await tab.page.evaluate(async () => {
      // Drawers and dialogs arrive within the time of an animation.
      await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})));
      const element = document.activeElement!;
      if (element === document.body) return { what: "nothing", isSeen: false };
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const isInView = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
      const isSeen = isInView && style.visibility === "visible" && parseFloat(style.outlineWidth) >= 2;
      const what =
        element.getAttribute("aria-label") ??
        document.querySelector(`label[for="${element.id}"]`)?.textContent ??
        element.textContent!.trim();
      return { what, isSeen: isSeen && style.outlineStyle !== "none" };
    });
    assert.ok(found.isSeen, `the focus on ${found.what} cannot be seen`);
    return found.what;
  }

  /** Presses Tab until this has the focus; all on the way can be seen, too. */
  async function tabTo(tab: Tab, what: RegExp, key = "Tab"): Promise<void> {
    for (let presses = 0; presses < 40; presses++) {
      await tab.page.keyboard.press(key);
      const isOutside = await tab.page.evaluate(() => document.activeElement === document.body);
      if (!isOutside && what.test(await focused(tab))) return;
    }
    assert.fail(`no ${what} within 40 presses`);
  }

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

  it("dialogs give the focus back to where it was, by Esc and by their buttons", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/keys");
    const { keyboard } = tab.page;
    await tabTo(tab, /^Settings$/);
    for (const leave of ["Escape", "Done"]) {
      await keyboard.press("Enter");
      await tab.page.getByRole("dialog", { name: "Settings" }).waitFor();
      assert.equal(await focused(tab), "Your name");
      if (leave === "Escape") await keyboard.press("Escape");
      else {
        await tabTo(tab, /^Done$/);
        await keyboard.press("Enter");
      }
      await tab.page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal(await focused(tab), "Settings");
    }
    await keyboard.press("Control+k");
    await tab.page.getByRole("dialog", { name: "Find or make a room" }).waitFor();
    await keyboard.press("Control+k");
    await tab.page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focused(tab), "Settings");
    await tab.field.focus();
    await keyboard.press("Control+k");
    await keyboard.press("Escape");
    await tab.page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focused(tab), "Message to #keys");
    tab.isQuiet();
  });

  it("a dialog keeps the focus: Tab goes round in it, and nothing behind it is reached", async () => {
    await using ada = await house.person("Ada");
    await (await ada.enter("/r/beside")).close();
    const tab = await ada.enter("/");
    await tab.page.getByRole("link", { name: "beside" }).waitFor();
    await tab.page.keyboard.press("Control+k");
    await tab.page.keyboard.press("Escape");
    await tabTo(tab, /^Settings$/, "Shift+Tab");
    await tab.page.keyboard.press("Enter");
    for (let presses = 0; presses < 12; presses++) {
      await tab.page.keyboard.press("Tab");
      assert.ok(
        await tab.page.evaluate(() => {
          const element = document.activeElement!;
          return element === document.body || element.closest("dialog") !== null;
        }),
      );
    }
    await tab.page.keyboard.press("Alt+ArrowDown");
    await tab.page.keyboard.press("Escape");
    await tab.page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focused(tab), "Settings");
    assert.equal(new URL(tab.page.url()).pathname, "/");
    tab.isQuiet();
  });

  it("leaving a room, and taking back or discarding a message, loses the focus nowhere", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/");
    await tab.page.keyboard.press("Control+k");
    await tab.page.keyboard.type("left");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "left" }).waitFor();
    await tab.isIn();
    await tabTo(tab, /^Leave this room$/, "Shift+Tab");
    await tab.page.keyboard.press("Enter");
    await tabTo(tab, /^Leave$/);
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "lobby" }).waitFor();
    assert.equal(await focused(tab), "Message to #lobby");
    await tab.say("bad \0 text");
    await tab.timeline.getByText("It has characters in it that cannot be sent").waitFor();
    await tabTo(tab, /^Discard$/, "Shift+Tab");
    await tab.page.keyboard.press("Enter");
    await tab.page.locator(".row").waitFor({ state: "detached" });
    assert.equal(await focused(tab), "Message to #lobby");
    tab.isQuiet();
  });

  it("on a phone's width the drawers take the focus, hold it, and give it back", async () => {
    await using ada = await house.person("Ada", PHONE);
    const tab = await ada.enter("/r/keys");
    const { keyboard } = tab.page;
    for (const [button, region] of [
      [/^Rooms/, ".sidebar"],
      [/^People here/, ".people"],
    ] as const) {
      await tabTo(tab, button, "Shift+Tab");
      await keyboard.press("Enter");
      const drawer = tab.page.locator(region);
      await drawer.waitFor();
      await tab.page.waitForFunction(
        (selector) => document.querySelector(selector)!.contains(document.activeElement),
        region,
      );
      for (let presses = 0; presses < 8; presses++) {
        await keyboard.press("Tab");
        assert.ok(
          await drawer.evaluate(
            (box) => box.contains(document.activeElement) || document.activeElement === document.body,
          ),
          `Tab leads out of ${region}`,
        );
      }
      await keyboard.press("Escape");
      await drawer.waitFor({ state: "hidden" });
      assert.match(await focused(tab), button);
    }
    tab.isQuiet();
  });

  it("on a phone's width a dialog that was opened from a drawer gives the focus back to the header", async () => {
    await using ada = await house.person("Ada", PHONE);
    const tab = await ada.enter("/r/keys");
    const { keyboard } = tab.page;
    for (const opens of [/^Settings$/, /^Find or make a room/]) {
      await tabTo(tab, /^Rooms/, "Shift+Tab");
      await keyboard.press("Enter");
      await tabTo(tab, opens);
      await keyboard.press("Enter");
      await tab.page.getByRole("dialog").waitFor();
      await keyboard.press("Escape");
      await tab.page.getByRole("dialog").waitFor({ state: "detached" });
      assert.match(await focused(tab), /^Rooms/);
    }
    tab.isQuiet();
  });

  it("a button that goes once it is pressed leaves the focus to the field, and a field that goes to the header", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    const tab = await ada.enter("/r/keys");
    const { keyboard } = tab.page;
    const press = async (button: Locator): Promise<void> => {
      await button.focus();
      await keyboard.press("Enter");
      await button.waitFor({ state: "detached" });
    };
    await tab.isAtEnd();
    await tab.scrollTo(0);
    await press(tab.page.locator(".to-end"));
    assert.equal(await focused(tab), "Message to #keys");

    network.refuse(1013);
    await network.cut(1013);
    const tryNow = tab.page.getByRole("button", { name: "Try now" });
    await tryNow.focus();
    await keyboard.press("Enter");
    network.allow();
    await tryNow.waitFor({ state: "detached" });
    assert.equal(await focused(tab), "Message to #keys");

    await tab.page.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await tab.say("not kept");
    await press(tab.page.getByRole("button", { name: "Dismiss" }));
    assert.equal(await focused(tab), "Message to #keys");

    network.answer = ({ type, room }) =>
      type === "join"
        ? { type: "error", code: "too_many_rooms", message: "", re: "join", retry: false, room }
        : undefined;
    await keyboard.press("Control+k");
    await keyboard.type("too-many");
    await keyboard.press("Enter");
    const refused = tab.page.getByRole("heading", { name: "#too-many did not open" });
    for (let times = 0; times < 2; times++) {
      await refused.waitFor();
      assert.match(await focused(tab), /too-many/);
      await refused.evaluate((heading) => Object.assign(heading, { isOld: true }));
      await tab.page.getByRole("button", { name: "Try again" }).focus();
      await keyboard.press("Enter");
      await tab.page.waitForFunction(
        () => !("isOld" in (document.querySelector(".empty-state h2") ?? { isOld: true })),
      );
    }
    tab.isQuiet();
  });
});
