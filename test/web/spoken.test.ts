import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import type { Tab } from "./support/person.ts";

/** What live regions of the page have come to say, each change once, in order. */
async function listen(tab: Tab): Promise<() => Promise<string[]>> {
  await tab.page.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    const isLive = (element: Element): boolean => {
      const region = element.closest("[aria-live], [role=status], [role=alert], [role=log]");
      return region !== null && region.getAttribute("aria-live") !== "off";
    };
    new MutationObserver((changes) => {
      for (const { target, addedNodes, type } of changes) {
        const element = target instanceof Element ? target : target.parentElement!;
        if (type === "characterData" && isLive(element)) spoken.push(element.textContent!);
        for (const added of addedNodes) {
          if (isLive(element) && added.textContent !== "") spoken.push(added.textContent!);
        }
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
  return () => tab.page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
}

describe("for whoever hears the page", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  it("the timeline is a log; what others say is read out once, what one says oneself is not", async () => {
    await using ada = await house.person("Ada");
    await using bob = house.writer("Bob");
    const room = await bob.join("spoken");
    const tab = await ada.enter("/r/spoken");
    const spoken = await listen(tab);
    assert.equal(await tab.page.getByRole("log").count(), 0); // it is empty so far
    await tab.say("my own");
    await tab.sees("my own");
    await tab.allSent();
    assert.equal(await tab.timeline.getAttribute("aria-label"), "Messages in #spoken");
    for (const text of ["hello", "hello"]) {
      await room.send(text);
      const count = (await spoken()).length;
      await tab.page.waitForFunction(
        (before) => (window as unknown as { spoken: string[] }).spoken.length > before,
        count,
      );
    }
    await tab.page.waitForFunction(
      () =>
        (window as unknown as { spoken: string[] }).spoken.filter((one) => one.includes("hello")).length ===
        2,
    );
    assert.deepEqual(
      (await spoken()).filter((one) => !one.startsWith("Connected")),
      ["Bob: hello", "Bob: hello"],
    );
    tab.isQuiet();
  });

  it("many at once are counted, and scrolling reads out nothing", async () => {
    await house.hears(
      "many",
      Array.from({ length: 120 }, (_, index) => `old ${index}`),
    );
    await using ada = await house.person("Ada");
    await using bob = house.writer("Bob");
    const room = await bob.join("many");
    const tab = await ada.enter("/r/many");
    const spoken = await listen(tab);
    for (const place of [0, 500, 0, -1]) {
      await tab.scrollTo(place);
      await tab.isStill();
    }
    await Promise.all(Array.from({ length: 20 }, (_, index) => room.send(`new ${index}`)));
    await tab.page.waitForFunction(() =>
      (window as unknown as { spoken: string[] }).spoken.some((one) => /new messages/.test(one)),
    );
    const said = (await spoken()).filter((one) => /old|new/.test(one));
    assert.ok(said.length <= 3, said.join("; "));
    assert.ok(said.every((one) => /^\d+ new messages$|^Bob: new/.test(one)));
    tab.isQuiet();
  });

  it("what could not be sent is told with its reason, and so is a text that becomes too long, once", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/unsaid");
    const spoken = await listen(tab);
    await tab.say("has a \0 in it");
    const reason =
      "Not sent. It has characters in it that cannot be sent. Take them out, then send it again.";
    await tab.page.waitForFunction(
      (wanted) => (window as unknown as { spoken: string[] }).spoken.includes(wanted),
      reason,
    );
    await tab.field.fill("x".repeat(8_193));
    await tab.field.press("End");
    for (let more = 0; more < 3; more++) await tab.field.press("x");
    await tab.page.getByText("Too long by 4 bytes.").waitFor();
    const words = (await spoken()).filter((one) => !one.startsWith("Connected"));
    assert.deepEqual(words, [reason, "Too long to send."]);
    tab.isQuiet();
  });

  it("that the browser could not keep what waits is told", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/unkept");
    const spoken = await listen(tab);
    await tab.page.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException("full", "QuotaExceededError");
      };
    });
    await tab.say("not kept");
    const pill = tab.page.locator(".pill.bad");
    await pill.waitFor();
    const trouble = await pill.locator("span").innerText();
    assert.ok((await spoken()).includes(trouble), trouble);
    await pill.getByRole("button", { name: "Dismiss" }).click();
    await pill.waitFor({ state: "detached" });
  });

  it("the connection is told in words, and its countdown is not", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    const tab = await ada.enter("/r/states");
    const status = tab.page.locator(".pills [role=status]").first();
    assert.equal(await status.innerText(), "Connected");
    const spoken = await listen(tab);
    network.refuse(1013);
    await network.cut(1012);
    await tab.page.getByText(/Reconnecting in \d+ s/).waitFor();
    // A wait of more than a second has counted down by then.
    await tab.page.waitForFunction(() => {
      const here = window as unknown as { counts?: Set<string> };
      here.counts ??= new Set();
      here.counts.add(document.querySelector(".pill span")?.textContent ?? "");
      return [...here.counts].filter((one) => /\d s/.test(one)).length >= 2;
    });
    const said = await spoken();
    assert.ok(
      said.some((one) =>
        /^(The server is busy|The server restarts|No connection)\. Reconnecting\.$/.test(one),
      ),
      said.join("; "),
    );
    assert.ok(
      said.every((one) => !/\d/.test(one)),
      said.join("; "),
    );
    network.allow();
    await tab.page.getByRole("button", { name: "Try now" }).click();
    await tab.page.waitForFunction(
      () => document.querySelector(".pills [role=status]")?.textContent === "Connected",
    );
    tab.isQuiet();
  });
});
