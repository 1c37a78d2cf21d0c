import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ChatClient } from "@natter/client";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import type { Person, Tab } from "./support/person.ts";

type Recorded = { title: string; body: string; tag: string };
type Recording = { notes: (Recorded & { onclick?: () => void })[]; tones: number };

describe("while one looks at something else", () => {
  let house: House;
  let bob: ChatClient;
  before(async () => {
    house = await House.open();
    bob = house.writer("Bob");
  });
  after(async () => {
    await bob.close();
    await house[Symbol.asyncDispose]();
  });

  /** Somebody whose browser shows notifications, and takes them down for us, tones too. */
  async function arrive(): Promise<Person> {
    const ada = await house.person("Ada", { permissions: ["notifications"] });
    await ada.context.addInitScript(() => {
      const recording: Recording = { notes: [], tones: 0 };
      class Recorder {
        static permission = "granted";
        static requestPermission = async () => "granted";
        onclick?: () => void;
        constructor(title: string, options: { body: string; tag: string }) {
          recording.notes.push(Object.assign(this, { title, ...options }));
        }
        close(): void {}
      }
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (when) {
        recording.tones++;
        start.call(this, when);
      };
      Object.assign(window, { Notification: Recorder, recording });
    });
    return ada;
  }

  const recorded = (tab: Tab): Promise<{ notes: Recorded[]; tones: number }> =>
    tab.page.evaluate(() => {
      const { notes, tones } = (window as unknown as { recording: Recording }).recording;
      return { notes: notes.map(({ title, body, tag }) => ({ title, body, tag })), tones };
    });

  /** Waits until one of the tabs has told of it. */
  const toldOf = (text: string, tabs: readonly Tab[]) =>
    Promise.any(
      tabs.map(({ page }) =>
        page.waitForFunction((wanted) => {
          const { notes } = (window as unknown as { recording: Recording }).recording;
          return notes.some(({ body }) => body === wanted);
        }, text),
      ),
    );

  async function choose(tab: Tab, wishes: { desktop?: string; sound?: string }): Promise<void> {
    await tab.page.getByRole("button", { name: "Settings" }).click();
    const { desktop, sound } = wishes;
    if (desktop) await tab.page.getByLabel("Notifications").selectOption(desktop);
    if (sound) await tab.page.getByLabel("Sounds").selectOption(sound);
    await tab.page.getByRole("button", { name: "Done" }).click();
  }

  it("one is told of nothing, unless one chose it: a count in title and icon, and no noise", async () => {
    await using ada = await arrive();
    const room = await bob.join("quiet");
    const tab = await ada.enter("/r/quiet");
    await tab.looksAway();
    for (const text of ["one", "two, @Ada", "three"]) await room.send(text);
    await tab.page.waitForFunction(() => document.title === "(3) #quiet · natter");
    const icon = () => tab.page.locator('link[rel="icon"]').getAttribute("href");
    assert.match((await icon())!, /icon-3\.svg$/);
    for (let count = 4; count <= 12; count++) await room.send(`${count}`);
    await tab.page.waitForFunction(() => document.title.startsWith("(12) "));
    assert.match((await icon())!, /icon-many\.svg$/);
    assert.deepEqual(await recorded(tab), { notes: [], tones: 0 });
    await tab.looksBack();
    await tab.page.waitForFunction(() => document.title === "#quiet · natter");
    assert.match((await icon())!, /icon\.svg$/);
    tab.isQuiet();
  });

  it("one is told of every message by whoever chose that, and never while looking", async () => {
    await using ada = await arrive();
    const room = await bob.join("told");
    const tab = await ada.enter("/r/told");
    await choose(tab, { desktop: "For every message" });
    await room.send("while she looks");
    await tab.sees("while she looks");
    await tab.looksAway();
    await room.send("x".repeat(500));
    await room.send("and another");
    await tab.sees("and another");
    await tab.say("my own words");
    await tab.sees("my own words");
    await tab.allSent();
    await toldOf("and another", [tab]);
    const { notes, tones } = await recorded(tab);
    assert.equal(tones, 0);
    assert.deepEqual(
      notes.map(({ title, body, tag }) => [title, body.slice(0, 200), tag]),
      [
        ["Bob in #told", "x".repeat(200), "natter told"],
        ["Bob in #told", "and another", "natter told"],
      ],
    );
    assert.equal(notes[0]!.body.length, 200);
    tab.isQuiet();
  });

  it("one is told of mentions only by whoever chose that, in any case of letters, of no other's", async () => {
    await using ada = await arrive();
    const room = await bob.join("mentioned");
    const tab = await ada.enter("/r/mentioned");
    await choose(tab, { desktop: "For messages that mention me", sound: "For messages that mention me" });
    const before = (await recorded(tab)).tones; // a taste of it when it is chosen
    assert.equal(before, 2);
    await tab.looksAway();
    for (const text of ["hello all", "mail@ada.example", "@Adam", "hi @ADA!", "the last"])
      await room.send(text);
    await tab.sees("the last");
    await toldOf("hi @ADA!", [tab]);
    const { notes, tones } = await recorded(tab);
    assert.deepEqual(
      notes.map(({ body }) => body),
      ["hi @ADA!"],
    );
    assert.equal(tones - before, 2);
    tab.isQuiet();
  });

  it("one hears of it also where the browser throws at every notification, as on Android", async () => {
    await using ada = await arrive();
    const room = await bob.join("android");
    const tab = await ada.enter("/r/android");
    await choose(tab, { desktop: "For every message", sound: "For every message" });
    const before = (await recorded(tab)).tones;
    await tab.page.evaluate(() => {
      class Illegal {
        static permission = "granted";
        constructor() {
          throw new TypeError("Illegal constructor");
        }
      }
      Object.assign(window, { Notification: Illegal });
    });
    await tab.looksAway();
    for (const text of ["one", "two"]) await room.send(text);
    await tab.page.waitForFunction(
      (tones) => (window as unknown as { recording: Recording }).recording.tones === tones,
      before + 4,
    );
    tab.isQuiet();
  });

  it("a click on what one is told leads to the room it is about", async () => {
    await using ada = await arrive();
    const room = await bob.join("clicked");
    const tab = await ada.enter("/r/clicked");
    await choose(tab, { desktop: "For every message", sound: "For every message" });
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill("another");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: "another" }).waitFor();
    await tab.looksAway();
    await room.send("come here");
    await tab.page.waitForFunction(
      () => (window as unknown as { recording: Recording }).recording.notes.length === 1,
    );
    assert.equal((await recorded(tab)).tones, 4);
    await tab.page.evaluate(() =>
      (window as unknown as { recording: Recording }).recording.notes[0]!.onclick!(),
    );
    await tab.page.getByRole("heading", { level: 1, name: "clicked" }).waitFor();
    await tab.sees("come here");
    tab.isQuiet();
  });

  it("a tab that is not looked at tells of nothing while one looks at another", async () => {
    await using ada = await arrive();
    const room = await bob.join("other-tab");
    const [one, two] = [await ada.enter("/r/other-tab"), await ada.enter("/r/other-tab")];
    await choose(one, { desktop: "For every message", sound: "For every message" });
    await two.looksAway();
    const before = (await recorded(two)).tones;
    await room.send("seen");
    for (const tab of [one, two]) await tab.sees("seen");
    await one.looksAway();
    await room.send("not seen");
    await toldOf("not seen", [one, two]);
    await one.looksBack();
    await room.send("seen again");
    for (const tab of [one, two]) await tab.sees("seen again");
    await one.looksAway();
    await room.send("the last");
    await toldOf("the last", [one, two]);
    const told = [...(await recorded(one)).notes, ...(await recorded(two)).notes].map(({ body }) => body);
    assert.deepEqual(told.sort(), ["not seen", "the last"]);
    assert.ok((await recorded(two)).tones - before <= 4);
    one.isQuiet();
    two.isQuiet();
  });

  it("one is told also where the device's clock is wrong, and not of what was said long before a connection came back", async () => {
    await using ada = await arrive();
    await ada.context.addInitScript(() => {
      const now = Date.now;
      Date.now = () => now() + 3 * 3_600_000;
    });
    const room = await bob.join("clocks");
    const network = await Network.of(ada);
    const tab = await ada.enter("/r/clocks");
    await choose(tab, { desktop: "For every message" });
    await tab.looksAway();
    await room.send("now");
    await toldOf("now", [tab]);
    network.refuse(1013);
    await network.cut(1012);
    await room.send("three hours ago, by that clock");
    network.allow();
    await tab.sees("three hours ago, by that clock");
    await room.send("and now");
    await toldOf("and now", [tab]);
    assert.deepEqual(
      (await recorded(tab)).notes.map(({ body }) => body),
      ["now", "and now"],
    );
    tab.isQuiet();
  });

  it("two tabs tell of a message once", async () => {
    await using ada = await arrive();
    const room = await bob.join("twice");
    const [one, two] = [await ada.enter("/r/twice"), await ada.enter("/r/twice")];
    await choose(one, { desktop: "For every message" });
    for (const tab of [one, two]) await tab.looksAway();
    for (const text of ["first", "second", "third"]) {
      await room.send(text);
      for (const tab of [one, two]) await tab.sees(text);
    }
    await toldOf("third", [one, two]);
    const told = [...(await recorded(one)).notes, ...(await recorded(two)).notes].map(({ body }) => body);
    assert.deepEqual(told.sort(), ["first", "second", "third"]);
    one.isQuiet();
    two.isQuiet();
  });
});

it("a browser that shows no notifications says so when one asks for them", async () => {
  await using house = await House.open();
  await using ada = await house.person("Ada");
  const tab = await ada.enter("/");
  await tab.page.evaluate(() => {
    Notification.requestPermission = async () => "denied";
  });
  await tab.page.getByRole("button", { name: "Settings" }).click();
  await tab.page.getByLabel("Notifications").selectOption("For every message");
  await tab.page.getByText("This browser does not let the page: allow notifications").waitFor();
  await tab.page.getByLabel("Notifications").selectOption("nothing");
  await tab.page.getByText("This browser does not let the page").waitFor({ state: "detached" });
  tab.isQuiet();
});
