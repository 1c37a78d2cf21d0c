// What has the focus, and the way to it by keyboard.

import assert from "node:assert/strict";
import { House } from "./house.ts";
import type { Tab } from "./person.ts";

/** A server and a browser, with a room named keys in which more was said than fits into a window. */
export async function openWithKeys(): Promise<House> {
  const house = await House.open();
  await house.hears(
    "keys",
    Array.from({ length: 80 }, (_, index) => `line ${index}`),
  );
  return house;
}

/** What has the focus, in words. It is there, in view, and to be seen. */
export async function focused(tab: Tab): Promise<string> {
  const found = await tab.page.evaluate(async () => {
    // Drawers and dialogs arrive within the time of an animation.
    await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})));
    const element = document.activeElement!;
    if (element === document.body) return { what: "nothing", isSeen: false };
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const isInView = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    const isSeen = isInView && style.visibility === "visible" && parseFloat(style.outlineWidth) >= 2;
    const what =
      element.getAttribute("aria-label") ??
      document.querySelector(`label[for="${element.id}"]`)?.textContent ??
      element.textContent!.trim();
    return { what, isSeen: isSeen && style.outlineStyle !== "none" };
  });
  assert.ok(found.isSeen, `the focus on ${found.what} cannot be seen`);
  return found.what;
}

/** Presses Tab until this has the focus; all on the way can be seen, too. */
export async function tabTo(tab: Tab, what: RegExp, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await tab.page.keyboard.press(key);
    const isOutside = await tab.page.evaluate(() => document.activeElement === document.body);
    if (!isOutside && what.test(await focused(tab))) return;
  }
  assert.fail(`no ${what} within 40 presses`);
}
