// A person at the chat page: a browser profile of their own, so a session, drafts and settings of their own.

import assert from "node:assert/strict";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

/** How long the page may take for what it shows of an act, in ms; generous, for machines that do much at once. */
const PATIENCE_MS = 30_000;
/** What a browser says of itself where a connection cannot be made, and no page can keep it from saying. */
const NO_FAULT =
  /WebSocket connection to|net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INTERNET_DISCONNECTED)/;

/** One tab, and what a person does in it and sees. */
export class Tab {
  readonly page: Page;
  /** What the console had to say that no user should find there, violations of the policy among it. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (!["error", "warning"].includes(message.type()) || NO_FAULT.test(message.text())) return;
      this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  get field(): Locator {
    return this.page.getByRole("textbox", { name: /^Message to #/ });
  }

  get timeline(): Locator {
    return this.page.getByRole("log");
  }

  /** The texts in view, in order. */
  get texts(): Locator {
    return this.timeline.locator(".row .text, .row .rich");
  }

  async introduce(name: string): Promise<void> {
    await this.page.getByLabel("What shall the others call you?").fill(name);
    await this.page.getByRole("button", { name: "Start chatting" }).click();
    await this.field.waitFor();
  }

  async isConnected(): Promise<void> {
    await this.page.getByText("Connected", { exact: true }).first().waitFor();
  }

  /** Waits until one is in the open room, and what was said there is shown. */
  async isIn(): Promise<void> {
    await this.page.locator(".timeline .row, .empty-state").first().waitFor();
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** Waits until this stands in the timeline. */
  async sees(text: string): Promise<void> {
    await this.timeline.getByText(text, { exact: true }).first().waitFor();
  }

  /** Waits until nothing is on its way any more. */
  async allSent(): Promise<void> {
    await this.timeline.locator(".row.pending").first().waitFor({ state: "detached" });
    await this.page.waitForFunction(() => document.querySelector(".row.pending") === null);
  }

  /** Waits until the browser has so many messages that wait to be sent, for the next page to find them. */
  async keeps(messages: number): Promise<void> {
    await this.page.waitForFunction(async (wanted) => {
      const [database] = await indexedDB.databases();
      const opening = indexedDB.open(database!.name!);
      await new Promise((resolve) => opening.addEventListener("success", resolve));
      const request = opening.result.transaction("outbox").objectStore("outbox").count();
      await new Promise((resolve) => request.addEventListener("success", resolve));
      opening.result.close();
      return request.result === wanted + 1; // the session is there as well
    }, messages);
  }

  /** A line of the timeline. */
  row(text: string): Locator {
    return this.timeline.locator(".row").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** The line at the first message that was not read. */
  get unreadLine(): Locator {
    return this.timeline.locator(".unread-line");
  }

  /** Goes to a room of the list. */
  async goTo(room: string): Promise<void> {
    await this.page
      .getByRole("navigation", { name: "Rooms" })
      .getByRole("link", { name: new RegExp(`^(# ?)?${room}\\b`) })
      .click();
    await this.page.getByRole("heading", { level: 1, name: room }).waitFor();
  }

  /** Looks at something else. Playwright has every page believe that it is looked at; this one knows better now. */
  async looksAway(): Promise<void> {
    await this.page.evaluate(() => {
      document.hasFocus = () => false;
      dispatchEvent(new Event("blur"));
    });
  }

  async looksBack(): Promise<void> {
    await this.page.evaluate(() => {
      document.hasFocus = () => true;
      dispatchEvent(new Event("focus"));
    });
  }

  /** Scrolls the timeline to a place, in px, or by as much from the end where it is below 0. */
  async scrollTo(px: number): Promise<void> {
    await this.timeline.evaluate((box, to) => {
      box.scrollTop = to < 0 ? box.scrollHeight - box.clientHeight + to : to;
    }, px);
  }

  /** Waits until the end of the timeline is in view, to a pixel. */
  async isAtEnd(): Promise<void> {
    await this.page.waitForFunction(() => {
      const box = document.querySelector('[role="log"]');
      return box !== null && box.scrollHeight - box.clientHeight - box.scrollTop <= 1;
    });
  }

  /** Waits until nothing moves any more: two frames alike. */
  async isStill(): Promise<void> {
    await this.timeline.evaluate(async (box) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const look = () => `${box.scrollTop} ${box.scrollHeight} ${box.querySelectorAll("*").length}`;
      for (let seen = "", same = 0; same < 3; await frame()) {
        same = look() === seen ? same + 1 : 0;
        seen = look();
      }
    });
  }

  /** Fails where the page complained of anything. */
  isQuiet(): void {
    assert.deepEqual(this.complaints, []);
  }

  /** Closes the tab, about which nothing was to complain. */
  async close(): Promise<void> {
    this.isQuiet();
    await this.page.close();
  }
}

/** Somebody with a browser of their own. */
export class Person implements AsyncDisposable {
  readonly name: string;
  readonly context: BrowserContext;
  readonly #origin: string;

  private constructor(name: string, context: BrowserContext, origin: string) {
    this.name = name;
    this.context = context;
    this.#origin = origin;
  }

  static async arrive(
    browser: Browser,
    name: string,
    origin: string,
    options: BrowserContextOptions = {},
  ): Promise<Person> {
    return new Person(name, await browser.newContext({ locale: "en-GB", ...options }), origin);
  }

  /** Opens a tab, and gives the name where it is the first. */
  async open(path = "/"): Promise<Tab> {
    const tab = new Tab(await this.context.newPage());
    await tab.page.goto(this.#origin + path);
    const question = tab.page.getByLabel("What shall the others call you?");
    await question.or(tab.field).first().waitFor();
    if (await question.isVisible()) await tab.introduce(this.name);
    return tab;
  }

  /** Opens a tab, and waits until the room is entered. */
  async enter(path = "/"): Promise<Tab> {
    const tab = await this.open(path);
    await tab.isIn();
    return tab;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}
