import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContextOptions, Page } from "playwright-core";
import { RawClient } from "../support/raw-client.ts";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
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
    const { violations } = await axe(page).analyze();
    // The same page in the dark differs in its colours only.
    await page.emulateMedia({ colorScheme: "dark" });
    const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const [red, green, blue] = ground.match(/\d+/g)!.map(Number);
    assert.ok(Math.max(red!, green!, blue!) < 64, `${state}: in the dark the ground is ${ground}`);
    const inTheDark = await axe(page).withRules(["color-contrast"]).analyze();
    await page.emulateMedia({ colorScheme: "light" });
    const found = [...violations, ...inTheDark.violations].map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    );
    assert.deepEqual(found, [], state);
    tab.isQuiet();
  }

  for (const [width, size] of Object.entries(WIDTHS)) {
    const where = `in a window that is ${width}, in the light and in the dark`;
    const isPhone = size.isMobile === true;
    const suffix = size.viewport!.width;

    /** Ada, into whose page axe can put its scripts: the page's own policy rightly refuses them. */
    const arrive = (): Promise<Person> =>
      Person.arrive(house.browser, "Ada", house.origin, {
        ...size,
        bypassCSP: true,
        reducedMotion: "reduce",
      });

    it(`${where}: at the first visit, in an empty room, and where no room can be`, async () => {
      await using ada = await arrive();
      const tab = new Tab(await ada.context.newPage());
      await tab.page.goto(`${house.origin}/`);
      await tab.page.getByRole("button", { name: "Start chatting" }).click();
      await look(tab, "first visit, no name");
      await tab.introduce("Ada");
      await tab.page.goto(`${house.origin}/r/empty-${suffix}`);
      await tab.isIn();
      await look(tab, "empty room");
      await tab.page.goto(`${house.origin}/r/${encodeURIComponent("<no room>")}`);
      await tab.page.getByRole("heading", { name: "No room has this name" }).waitFor();
      await look(tab, "no such room");
    });

    it(`${where}: in dialogs and drawers`, async () => {
      await using ada = await arrive();
      const tab = await ada.enter(`/r/over-${suffix}`);
      await tab.page.keyboard.press("Control+k");
      await tab.page.getByRole("combobox").fill("e");
      await look(tab, "switcher");
      await tab.page.getByRole("combobox").fill("<>");
      await look(tab, "switcher, no such room");
      await tab.page.keyboard.press("Escape");
      await tab.page.getByRole("heading", { level: 1 }).getByRole("button").click();
      await look(tab, "the room's address");
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
    });

    it(`${where}: in a room with messages of all kinds`, async () => {
      await using ada = await arrive();
      const room = `all-${suffix}`;
      const tab = await ada.enter(`/r/${room}`);
      await tab.say("something of mine");
      await tab.sees("something of mine");
      await tab.looksAway();
      const guest = await RawClient.connect(house.natter.wsPort, { path: `/${room}` });
      guest.send("from a guest");
      await tab.sees("from a guest");
      await house.hears(room, KINDS, "\u0410da"); // with a Cyrillic А: both get a tag (N4)
      await tab.timeline.locator(".jumbo").waitFor();
      await tab.timeline.locator(".mention-me").waitFor();
      await tab.timeline.locator(".who .tag").first().waitFor();
      await tab.looksBack();
      await look(tab, "messages and the unread line");
      await tab.scrollTo(0);
      await tab.page.locator(".to-end").waitFor();
      await tab.unreadLine.waitFor();
      await tab.timeline.focus();
      await look(tab, "scrolled up, with the times");
      await guest.leave();
    });

    it(`${where}: where a message failed, is too long, is completed, and waits without a connection`, async () => {
      await using ada = await arrive();
      const network = await Network.of(ada);
      const tab = await ada.enter(`/r/failed-${suffix}`);
      await tab.say("has a \0 in it");
      await tab.timeline.getByText("Not sent.").waitFor();
      await tab.field.fill(":tad");
      await tab.page.getByRole("listbox", { name: "Suggestions" }).waitFor();
      await look(tab, "failed, and suggestions");
      await tab.field.fill("x".repeat(8_300));
      await tab.page.getByText("Too long by").waitFor();
      await look(tab, "too long");
      network.refuse(1013);
      await tab.page.reload();
      await tab.say("waiting");
      await tab.page.locator(".pill").waitFor();
      await tab.timeline.getByText("waiting").waitFor();
      await look(tab, "pending, without a connection");
    });

    it(`${where}: while a room loads, where it did not load, and where it was refused`, async () => {
      await using ada = await arrive();
      let history: "as it is" | "held" | "refused" = "as it is";
      let isFull = false;
      const network = await Network.of(ada);
      network.answer = ({ type, ref, room }) => {
        if (type === "history" && history === "held") return "nothing";
        const error = { type: "error", message: "", retry: false, room };
        if (type === "history" && history === "refused")
          return { ...error, code: "bad_position", re: "history", ref };
        return type === "join" && isFull ? { ...error, code: "too_many_rooms", re: "join" } : undefined;
      };
      const room = `/r/loads-${suffix}`;
      await house.hears(`loads-${suffix}`, ["something to load"]);
      const tab = await ada.enter(room);
      history = "held";
      await tab.page.reload();
      await tab.page.getByText("Loading what was said").waitFor();
      await look(tab, "loading");
      history = "refused";
      await tab.page.reload();
      await tab.page.getByRole("heading", { name: "What was said before did not load" }).waitFor();
      await look(tab, "did not load");
      isFull = true;
      await tab.page.reload();
      await tab.page.getByRole("heading", { name: /did not open$/ }).waitFor();
      await look(tab, "room refused");
    });

    it(`${where}: where a name is refused, and where a newer page is offered`, async () => {
      await using ada = await arrive();
      const network = await Network.of(ada);
      const tab = await ada.enter(`/r/newer-${suffix}`);
      const newer = `${house.origin}/`;
      await ada.context.route(newer, async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replaceAll("/assets/", "/assets/newer-");
        await route.fulfill({ response, body });
      });
      await network.cut(1012);
      await tab.page.getByText("There is a newer version of this page.").waitFor();
      await look(tab, "a newer page");
      await ada.context.unroute(newer);
      await tab.page.evaluate(() => localStorage.setItem("natter.name", "12"));
      await tab.page.reload();
      await tab.page.getByRole("dialog", { name: "Another name, please" }).waitFor();
      await look(tab, "name refused");
    });
  }
});

/** As quick as it can be: the page has no frames, and what passes need not be told. */
function axe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
}

const KINDS = [
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
