import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserContextOptions, Locator } from "playwright-core";
import { focused, openWithKeys, tabTo } from "./support/focus.ts";
import type { House } from "./support/house.ts";
import { Network } from "./support/network.ts";

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 } };

describe("the focus", () => {
  let house: House;
  before(async () => {
    house = await openWithKeys();
  });
  after(() => house[Symbol.asyncDispose]());

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
