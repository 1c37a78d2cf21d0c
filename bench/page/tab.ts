// A tab of a real browser, and what bench/page/watch.js notes in it.

import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";

/** As root there is no sandbox, and the browser's own errands are not what is measured. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WATCH = fileURLToPath(new URL("watch.js", import.meta.url));
const FIELD = "textarea";

/** What the page did between `begin` and `end`; times in ms. */
export type Noted = {
  /** From each frame to the next. */
  deltas: number[];
  longTasks: number[];
  /** The most at any time in the timeline. */
  rows: number;
  elements: number;
  /** From each stroke to the paint that shows it. */
  keys: number[];
  /** What the browser's Event Timing says of those that took 16 ms and more. */
  interactions: { name: string; duration: number; interactionId: number }[];
};

type InPage = {
  natterBench: {
    begin(): void;
    end(): Noted;
    shift(): number;
    usable(focused: string, text?: string): Promise<number>;
  };
};

export async function openBrowser(): Promise<Browser> {
  // A script of the workspace's, as the server is a program of it: see scripts/chromium.mjs for where it looks.
  const finder = new URL("../../scripts/chromium.mjs", import.meta.url).href;
  const { findChromium } = (await import(finder)) as { findChromium(): string };
  return await chromium.launch({ executablePath: findChromium(), args: FLAGS });
}

export class Tab {
  readonly page: Page;
  readonly cdp: CDPSession;

  private constructor(page: Page, cdp: CDPSession) {
    this.page = page;
    this.cdp = cdp;
  }

  static async open(context: BrowserContext): Promise<Tab> {
    await context.addInitScript({ path: WATCH });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Performance.enable");
    return new Tab(page, cdp);
  }

  async introduce(name: string): Promise<void> {
    await this.page.getByLabel("What shall the others call you?").fill(name);
    await this.page.keyboard.press("Enter");
  }

  /** @returns when one can write and this is there to be read, in ms since the navigation began */
  async usable(text: string): Promise<number> {
    return await this.#focused(FIELD, text);
  }

  async asksForName(): Promise<number> {
    return await this.#focused("input");
  }

  #focused(focused: string, text?: string): Promise<number> {
    return this.page.evaluate(
      ({ focused, text }) => (globalThis as unknown as InPage).natterBench.usable(focused, text),
      { focused, text },
    );
  }

  async begin(): Promise<void> {
    await this.page.evaluate(() => (globalThis as unknown as InPage).natterBench.begin());
  }

  async end(): Promise<Noted> {
    return await this.page.evaluate(() => (globalThis as unknown as InPage).natterBench.end());
  }

  async shift(): Promise<number> {
    return await this.page.evaluate(() => (globalThis as unknown as InPage).natterBench.shift());
  }

  /** One of the metrics of Chromium's Performance domain; times in s. */
  async metric(name: "TaskDuration" | "JSHeapUsedSize" | "Timestamp"): Promise<number> {
    const { metrics } = await this.cdp.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  }

  /** The heap of the page's scripts, in bytes, without what nobody holds any more. */
  async heapBytes(): Promise<number> {
    for (let times = 0; times < 2; times++) await this.cdp.send("HeapProfiler.collectGarbage");
    return await this.metric("JSHeapUsedSize");
  }
}
