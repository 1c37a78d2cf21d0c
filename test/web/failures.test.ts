import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { findChromium } from "../../scripts/chromium.mjs";
import { Natter } from "../support/natter.ts";
import { House } from "./support/house.ts";
import { Network } from "./support/network.ts";
import { Person } from "./support/person.ts";

describe("what goes wrong", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  it("S6 a message that is refused for good says why, stays, and stops no other", async () => {
    await using ada = await house.person("Ada");
    await using bob = await house.person("Bob");
    const [tab, his] = [await ada.enter("/r/refused"), await bob.enter("/r/refused")];
    await tab.say("has a \0 in it");
    const failed = tab.page.locator(".row.failed");
    await failed.getByText("Not sent. It has characters in it that cannot be sent.").waitFor();
    await tab.say("and this one goes");
    await his.sees("and this one goes");
    await failed.getByRole("button", { name: "Send again" }).click();
    await failed.getByText("Not sent.").waitFor();
    await tab.page.reload();
    await failed.getByText("has a ␀ in it").waitFor();
    await failed.getByRole("button", { name: "Discard" }).click();
    await failed.waitFor({ state: "detached" });
    await tab.allSent();
    assert.deepEqual(await his.texts.allInnerTexts(), ["and this one goes"]);
    tab.isQuiet();
    his.isQuiet();
  });

  it("S6 and it can be changed: it goes back into the field, behind what stands there already", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/changed");
    await tab.say("good but for \0 this");
    const edit = tab.timeline.getByRole("button", { name: "Edit" });
    await edit.waitFor();
    await tab.field.fill("typed since");
    await edit.click();
    await tab.page.locator(".row").waitFor({ state: "detached" });
    assert.equal(await tab.field.inputValue(), "typed since\ngood but for \0 this");
    assert.ok(await tab.field.evaluate((field) => field === document.activeElement));
    await tab.say("good but for this");
    await tab.allSent();
    await tab.page.reload();
    await tab.sees("good but for this");
    // The list draws its rows anew once it knows their heights: for a frame there may be none.
    await tab.page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
    tab.isQuiet();
  });

  it("S3 a text that is too long cannot be sent, and says by how much", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/too-long");
    await tab.field.fill("é".repeat(4_097));
    await tab.page.getByText("Too long by 2 bytes.").waitFor();
    assert.ok(await tab.page.getByRole("button", { name: "Send" }).isDisabled());
    await tab.field.press("Enter");
    assert.equal(await tab.page.locator(".row").count(), 0);
    await tab.field.fill("é".repeat(4_096));
    await tab.page.getByText("0 bytes left.").waitFor();
    await tab.field.press("Enter");
    await tab.page.locator(".row").waitFor();
    await tab.allSent();
    assert.equal(await tab.page.locator(".row.failed").count(), 0);
    tab.isQuiet();
  });

  it("a page that is older than its server says so once it is connected again, and loads the newer one", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    const tab = await ada.enter("/r/newer");
    const offer = tab.page.getByText("There is a newer version of this page.");
    assert.equal(await offer.count(), 0);
    await tab.field.fill("not lost");
    // As after an upgrade: the server's page names another script, and all connections are cut.
    const newer = `${house.origin}/`;
    await ada.context.route(newer, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replaceAll("/assets/", "/assets/newer-");
      await route.fulfill({ response, body });
    });
    await network.cut(1012);
    await offer.waitFor();
    await ada.context.unroute(newer);
    await tab.page.getByRole("button", { name: "Reload" }).click();
    await offer.waitFor({ state: "detached" });
    await tab.isConnected();
    assert.equal(await tab.field.inputValue(), "not lost");
    tab.isQuiet();
  });

  it("N3 a name that is refused in the settings says so, and the old one stays", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/");
    await tab.page.getByRole("button", { name: "Settings" }).click();
    await tab.page.getByLabel("Your name").fill("\u0301da");
    await tab.page.getByRole("button", { name: "Done" }).click();
    await tab.page.getByRole("alert").getByText("That name does not work").waitFor();
    assert.equal(await tab.page.locator(".me-name").innerText(), "Ada");
    await tab.page.getByLabel("Your name").fill("Ada L.");
    await tab.page.getByRole("button", { name: "Done" }).click();
    await tab.page.locator(".me-name", { hasText: "Ada L." }).waitFor();
    await tab.page.getByRole("dialog").waitFor({ state: "detached" });
    tab.isQuiet();
  });

  it("N5 a name that is given without a connection is one's own at once, and the others' with the next one", async () => {
    await using ada = await house.person("Ada");
    await using bob = await house.person("Bob");
    const network = await Network.of(ada);
    const [tab, his] = [await ada.enter("/r/later"), await bob.enter("/r/later")];
    network.refuse(1013);
    await network.cut(1013);
    await tab.page.getByRole("button", { name: "Try now" }).waitFor();
    await tab.page.getByRole("button", { name: "Settings" }).click();
    await tab.page.getByLabel("Your name").fill("Countess");
    await tab.page.getByRole("button", { name: "Done" }).click();
    await tab.page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await tab.page.locator(".me-name").innerText(), "Countess");
    network.allow();
    await his.page.getByRole("complementary", { name: "People here" }).getByText("Countess").waitFor();
    tab.isQuiet();
  });

  it("R5 a room more than one may be in says so, and leads back", async () => {
    await using ada = await house.person("Ada");
    let isFull = false;
    const network = await Network.of(ada);
    // The hundredth room in a moment: what the server says of it, without the ninety-nine.
    network.answer = ({ type, room = "" }) =>
      isFull && type === "join" && ["one-too-many", "listed"].includes(room)
        ? { type: "error", code: "too_many_rooms", message: "", re: "join", room, retry: false }
        : undefined;
    const tab = await ada.enter("/");
    isFull = true;
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill("one-too-many");
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { name: "#one-too-many did not open" }).waitFor();
    await tab.page.getByText("You are in as many rooms as one may be.").waitFor();
    await tab.page.getByRole("button", { name: "Try again" }).click();
    await tab.page.getByRole("heading", { name: "#one-too-many did not open" }).waitFor();
    await tab.page.getByRole("button", { name: "Go to #lobby" }).click();
    await tab.page.getByRole("heading", { level: 1, name: "lobby" }).waitFor();
    assert.equal(await tab.page.getByRole("link", { name: "one-too-many" }).count(), 0);

    isFull = false;
    await tab.page.goto(`${house.origin}/r/listed`);
    await tab.isIn();
    isFull = true;
    await tab.page.reload();
    const refused = tab.page.getByRole("heading", { name: "#listed did not open" });
    await refused.waitFor();
    // Whoever comes back to the page asks for the list of rooms, and this one is on it.
    await tab.looksAway();
    await tab.looksBack();
    await tab.page.getByRole("link", { name: "lobby" }).waitFor();
    await refused.waitFor();
    tab.isQuiet();
  });

  it("what did not load can be asked for again, also once something new was said, and loses the focus nowhere", async () => {
    await using ada = await house.person("Ada");
    await using bob = house.writer("Bob");
    const network = await Network.of(ada);
    const room = await bob.join("not-loaded");
    await room.send("said before");
    network.answer = ({ type, ref, room }) =>
      type === "history"
        ? { type: "error", code: "bad_position", message: "", re: "history", retry: false, ref, room }
        : undefined;
    const tab = await ada.open("/r/not-loaded");
    await tab.page.getByRole("heading", { name: "What was said before did not load" }).waitFor();
    const tryAgain = tab.page.getByRole("button", { name: "Try again" });
    await tryAgain.click();
    await tryAgain.waitFor();
    assert.ok(await tab.field.evaluate((field) => field === document.activeElement));
    await room.send("said since");
    await tab.sees("said since");
    network.answer = () => undefined;
    await tryAgain.click();
    await tab.sees("said before");
    await tryAgain.waitFor({ state: "detached" });
    assert.deepEqual(await tab.texts.allInnerTexts(), ["said before", "said since"]);
    assert.ok(await tab.field.evaluate((field) => field === document.activeElement));
    tab.isQuiet();
  });

  it("X5 a server that sends one away is not asked again until one wants it", async () => {
    await using ada = await house.person("Ada");
    const network = await Network.of(ada);
    network.refuse(1008);
    const tab = await ada.open("/");
    await tab.page.getByText("The server closed the connection: too much came at once.").first().waitFor();
    assert.equal(network.attempts, 1);
    network.allow();
    await tab.page.getByRole("button", { name: "Try now" }).click();
    await tab.isConnected();
    assert.equal(network.attempts, 2);
    tab.isQuiet();
  });

  it("browser storage that is blocked keeps nobody from talking", async () => {
    await using ada = await house.person("Ada");
    await ada.context.addInitScript(() => {
      for (const name of ["localStorage", "indexedDB"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("blocked", "SecurityError");
          },
        });
      }
    });
    const tab = await ada.open("/r/blocked");
    await tab.say("without any storage");
    await tab.sees("without any storage");
    await tab.allSent();
    tab.isQuiet();
  });
});

describe("at an http:// address that is not this machine's", () => {
  it("the page works, though browsers give it no locks, no crypto.subtle and no notifications", async () => {
    await using natter = await Natter.start(["--public-url", "http://chat.test"]);
    const browser = await chromium.launch({
      executablePath: findChromium()!,
      args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP chat.test 127.0.0.1"],
    });
    try {
      const origin = `http://chat.test:${natter.port}`;
      await using ada = await Person.arrive(browser, "Ada", origin);
      await using bob = await Person.arrive(browser, "Bob", origin);
      const [one, two] = [await ada.enter("/r/plain-http"), await bob.enter("/r/plain-http")];
      const given = await one.page.evaluate(() => ({
        isSecure: isSecureContext,
        locks: "locks" in navigator,
        subtle: crypto.subtle !== undefined,
      }));
      assert.deepEqual(given, { isSecure: false, locks: false, subtle: false });
      await one.say("hello");
      await two.sees("hello");
      await two.say("hello back");
      await one.sees("hello back");
      await one.page.getByRole("button", { name: "Settings" }).click();
      await one.page.getByLabel("Notifications").selectOption("For every message");
      await one.page.getByRole("alert").waitFor();
      await one.page.keyboard.press("Escape");
      await one.page.reload();
      await one.sees("hello back");
      assert.equal(await one.page.locator(".me-name").innerText(), "Ada");
      // Chromium says of a header that it counts for https:// only.
      const ofHeader = /Cross-Origin-Opener-Policy header has been ignored/;
      for (const { complaints } of [one, two]) {
        assert.deepEqual(
          complaints.filter((one) => !ofHeader.test(one)),
          [],
        );
      }
    } finally {
      await browser.close();
    }
  });
});
