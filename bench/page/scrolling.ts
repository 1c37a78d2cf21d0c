// A long room, read from its end to its beginning with the wheel of a mouse, and then looked through.

import { beginningOf } from "./rooms.ts";
import type { Noted, Tab } from "./tab.ts";

/** What a wheel turns at once, in px, and how often: a thumb that flings does not go faster for long. */
const TURN_PX = 4_000;
const TURN_MS = 8;
/** How long one looks through what is loaded, in ms. */
const LOOKING_MS = 6_000;
const PATIENCE_MS = 120_000;

export type Scrolled = { noted: Noted; tookMs: number; cpu: number; heapBytes: number };

/** Up, until the room begins. */
export async function loadAll(tab: Tab): Promise<Scrolled> {
  const beginning = tab.page.locator(".beginning");
  return await scrolled(tab, async (until) => {
    while (performance.now() < until) {
      for (let turns = 0; turns < 16; turns++) await turn(tab, -TURN_PX);
      if ((await beginning.count()) > 0) return;
    }
    throw new Error("the beginning did not come");
  });
}

/** Through what is loaded: down for a while, then to the end. */
export async function lookThrough(tab: Tab, last: number): Promise<Scrolled> {
  return await scrolled(tab, async () => {
    const end = performance.now() + LOOKING_MS;
    while (performance.now() < end) await turn(tab, TURN_PX);
    await tab.page.getByRole("log").focus();
    await tab.page.keyboard.press("End");
    await tab.page.getByText(beginningOf(last)).first().waitFor();
  });
}

async function scrolled(tab: Tab, scroll: (until: number) => Promise<void>): Promise<Scrolled> {
  await tab.page.locator(".timeline").hover();
  await tab.begin();
  const [startedAt, tasks] = [performance.now(), await tab.metric("TaskDuration")];
  await scroll(startedAt + PATIENCE_MS);
  const tookMs = performance.now() - startedAt;
  const cpu = ((await tab.metric("TaskDuration")) - tasks) / (tookMs / 1_000);
  return { noted: await tab.end(), tookMs, cpu, heapBytes: await tab.heapBytes() };
}

async function turn(tab: Tab, px: number): Promise<void> {
  await tab.page.mouse.wheel(0, px);
  await new Promise((resolve) => setTimeout(resolve, TURN_MS));
}
