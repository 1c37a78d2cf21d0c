import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContextOptions } from "playwright-core";
import { RawClient } from "../support/raw-client.ts";
import { House } from "./support/house.ts";
import { Person, Tab } from "./support/person.ts";

const WIDTHS: Record<string, BrowserContextOptions> = {
  wide: { viewport: { width: 1280, height: 720 } },
  narrow: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
};

describe("axe finds nothing", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  /** Looks once nothing moves: half-faded text has no contrast. */
  async function look(tab: Tab, state: string): Promise<void> {
    await tab.page.evaluate(() =>
      Promise.all(
        document
          .getAnimations()
          .filter((one) => one.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
          .map((one) => one.finished.catch(() => {})),
      ),
    );
    const { page } = tab;
    const { violations } = await new AxeBuilder({ page }).analyze();
    // The same page in the dark differs in its colours only.
    await page.emulateMedia({ colorScheme: "dark" });
    const inTheDark = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
    await page.emulateMedia({ colorScheme: "light" });
    const found = [...violations, ...inTheDark.violations].map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    );
    assert.deepEqual(found, [], state);
  }

  for (const [width, options] of Object.entries(WIDTHS)) {
    const isPhone = options.isMobile === true;

    it(`in a window that is ${width}, in the light and in the dark: at the first visit, in rooms, dialogs and drawers`, async () => {
      // axe injects scripts, which the page's own policy rightly refuses.
      const looks: BrowserContextOptions = { ...options, bypassCSP: true, reducedMotion: "reduce" };
      await using ada = await Person.arrive(house.browser, "Ada", house.origin, looks);
      const tab = new Tab(await ada.context.newPage());
      await tab.page.goto(`${house.origin}/`);
      await tab.page.getByRole("button", { name: "Start chatting" }).click();
      await look(tab, "first visit, no name");
      await tab.introduce("Ada");
      await tab.page.goto(`${house.origin}/r/empty-${options.viewport!.width}`);
      await tab.isIn();
      await look(tab, "empty room");

      await tab.page.keyboard.press("Control+k");
      await tab.page.getByRole("combobox").fill("e");
      await look(tab, "switcher");
      await tab.page.getByRole("combobox").fill("<>");
      await look(tab, "switcher, no such room");
      await tab.page.keyboard.press("Escape");
      if (isPhone) {
        await tab.page.getByRole("button", { name: /^People here/ }).click();
        await look(tab, "people");
        await tab.page.keyboard.press("Escape");
        await tab.page.getByRole("button", { name: /^Rooms/ }).click();
        await look(tab, "rooms");
      }
      await tab.page.getByRole("button", { name: "Settings" }).click();
      await look(tab, "settings");
      await tab.page.goto(`${house.origin}/r/${encodeURIComponent("<no room>")}`);
      await tab.page.getByRole("heading", { name: "No room has this name" }).waitFor();
      await look(tab, "no such room");
    });

    it(`in a window that is ${width}, in the light and in the dark: in a room with messages of all kinds, and offline`, async () => {
      const looks: BrowserContextOptions = { ...options, bypassCSP: true, reducedMotion: "reduce" };
      await using ada = await Person.arrive(house.browser, "Ada", house.origin, looks);
      const room = `all-${options.viewport!.width}`;
      const tab = await ada.enter(`/r/${room}`);
      await tab.say("something of mine");
      await tab.sees("something of mine");
      await tab.looksAway();
      const guest = await RawClient.connect(house.natter.wsPort, { path: `/${room}` });
      guest.send("from a guest");
      await tab.sees("from a guest");
      const kinds = [
        "**bold** _so_ ~~not~~ `code` [a link](https://example.com/) https://example.com/",
        "```js\nlet x = 1;\n```",
        "> quoted\n\nand answered",
        "- one\n- two\n\n1. one\n2. two\n\n---",
        "# head",
        "🎉",
        "hi @Ada, and @AdaX",
        "long ".repeat(400),
        "\u200b",
      ];
      await house.hears(room, kinds, "\u0410da"); // with a Cyrillic А: both get a tag (N4)
      await tab.timeline.locator(".jumbo").waitFor();
      await tab.timeline.locator(".mention-me").waitFor();
      await tab.timeline.locator(".who .tag").first().waitFor();
      await tab.looksBack();
      await look(tab, "messages and the unread line");
      await tab.scrollTo(0);
      await tab.page.locator(".to-end").waitFor();
      await tab.unreadLine.waitFor();
      await look(tab, "scrolled up");
      await tab.say("has a \0 in it");
      await tab.timeline.getByText("Not sent.").waitFor();
      await tab.field.fill(":tad");
      await tab.page.getByRole("listbox", { name: "Suggestions" }).waitFor();
      await look(tab, "failed, and suggestions");
      await tab.field.fill("x".repeat(8_300));
      await tab.page.getByText("Too long by").waitFor();
      await look(tab, "too long");
      await guest.leave();

      let isCut = false;
      await ada.context.routeWebSocket(/.*/, (socket) => {
        if (isCut) void socket.close({ code: 1013 });
        else socket.connectToServer();
      });
      isCut = true;
      await tab.page.reload();
      await tab.say("waiting");
      await tab.page.locator(".pill").waitFor();
      await tab.timeline.getByText("waiting").waitFor();
      await look(tab, "pending, without a connection");
    });
  }
});
