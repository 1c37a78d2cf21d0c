import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ChatClient, Room } from "@natter/client";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import type { Person, Tab } from "./support/person.ts";

const LINES = Array.from(
  { length: 60 },
  (_, index) => `line ${index} ${"with more to say ".repeat(index % 9)}`,
);

describe("the end of a timeline", () => {
  let house: House;
  let ada: Person;
  let bob: ChatClient;
  before(async () => {
    house = await House.open();
    ada = await house.person("Ada");
    bob = house.writer("Bob");
  });
  after(async () => {
    await bob.close();
    await house[Symbol.asyncDispose]();
  });

  /** A room with enough in it to scroll, at its end; and Bob in it. */
  async function open(name: string): Promise<{ tab: Tab; room: Room }> {
    const room = await bob.join(name);
    await Promise.all(LINES.map((text) => room.send(text)));
    const tab = await ada.open(`/r/${name}`);
    await tab.sees(LINES.at(-1)!.trim());
    await tab.isAtEnd();
    return { tab, room };
  }

  it("is where one stays while others go on talking, whatever the heights of what they say", async () => {
    const { tab, room } = await open("talking");
    for (let index = 0; index < 25; index++) {
      await room.send(`${index} ${"long words ".repeat((index * 7) % 40)}\n- a\n- b`);
    }
    await room.send("the last one");
    await tab.sees("the last one");
    await tab.isAtEnd();
    assert.equal(await tab.page.locator(".to-end").count(), 0);
    await tab.close();
  });

  it("is where one stays while the window is resized, and while the field grows and shrinks", async () => {
    const { tab } = await open("resized");
    const last = tab.row(LINES.at(-1)!.trim());
    for (const size of [
      { width: 700, height: 500 },
      { width: 390, height: 780 },
      { width: 1400, height: 900 },
      { width: 1280, height: 400 },
      { width: 1280, height: 720 },
    ]) {
      await tab.page.setViewportSize(size);
      await tab.isStill();
      await tab.isAtEnd();
      assert.ok(await last.isVisible());
    }
    const height = async () => (await tab.field.boundingBox())!.height;
    const low = await height();
    for (let line = 0; line < 8; line++) {
      await tab.field.press("Shift+Enter");
      await tab.isAtEnd();
    }
    assert.ok((await height()) > low + 100);
    await tab.field.fill("");
    await tab.isStill();
    await tab.isAtEnd();
    assert.equal(await height(), low);
    await tab.close();
  });

  it("is where one stays while a long text takes the place of another, and the field is low for a moment between them", async () => {
    const room = await bob.join("pasted");
    const tab = await ada.open("/r/pasted");
    const lines = (word: string) => Array.from({ length: 6 }, (_, index) => `${word} ${index}`).join("\n");
    await tab.field.fill(lines("before"));
    // With a field of one line all of it would be in view.
    const overflow = () => tab.timeline.evaluate((box) => box.scrollHeight - box.clientHeight);
    for (let count = 0; count === 0 || (await overflow()) <= 0; count++) {
      await room.send(`short ${count}`);
      await tab.sees(`short ${count}`);
      await tab.isStill();
    }
    await tab.isAtEnd();
    const [before, between] = await tab.field.evaluate((field, text) => {
      const area = field as HTMLTextAreaElement;
      const box = document.querySelector(".timeline")!;
      const place = box.scrollTop;
      area.value = "";
      const placeBetween = box.scrollTop;
      area.value = text;
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
      return [place, placeBetween];
    }, lines("after"));
    assert.ok(between! < before!, `${between} px, after ${before}`);
    await tab.isStill();
    await tab.isAtEnd();
    assert.equal(await tab.page.locator(".to-end").count(), 0);
    await tab.close();
  });

  it("is left by scrolling up: nothing moves then, and a button counts what is new and leads there", async () => {
    const { tab, room } = await open("away");
    await tab.timeline.hover();
    await tab.page.mouse.wheel(0, -600);
    const button = tab.page.locator(".to-end");
    assert.equal(await button.innerText(), "To the newest");
    await tab.isStill();
    const top = await tab.timeline.evaluate((box) => box.scrollTop);
    await room.send("new one");
    await tab.page.getByRole("button", { name: "1 new message", exact: true }).waitFor();
    await room.send("new two");
    await tab.page.getByRole("button", { name: "2 new messages" }).waitFor();
    await tab.isStill();
    assert.equal(await tab.timeline.evaluate((box) => box.scrollTop), top);
    await button.click();
    await tab.sees("new two");
    await tab.isAtEnd();
    await button.waitFor({ state: "detached" });
    await tab.close();
  });

  it("is not gone to again by what failed there, once what was said after it is through", async () => {
    await using eve = await house.person("Eve");
    const network = await Network.of(eve);
    await house.hears("failed", LINES);
    const tab = await eve.enter("/r/failed");
    await tab.say("bad \0 text");
    await tab.timeline.getByText("Not sent.").waitFor();
    network.hold(/./);
    await tab.say("on its way");
    await tab.sees("on its way");
    await tab.timeline.hover();
    await tab.page.mouse.wheel(0, -600);
    await tab.page.locator(".to-end").waitFor();
    await tab.isStill();
    const top = await tab.timeline.evaluate((box) => box.scrollTop);
    network.release();
    await tab.page.getByRole("button", { name: "1 new message", exact: true }).waitFor();
    await tab.isStill();
    assert.equal(await tab.timeline.evaluate((box) => box.scrollTop), top);
    await tab.close();
  });

  it("is gone to by whoever says something, from wherever they are", async () => {
    const { tab } = await open("own");
    await tab.scrollTo(0);
    await tab.page.locator(".to-end").waitFor();
    await tab.say("here I am");
    await tab.sees("here I am");
    await tab.isAtEnd();
    await tab.allSent();
    await tab.isAtEnd();
    await tab.close();
  });
});
