// The page, in a real browser: how soon it is there, a room of 100,000 events in it, and typing while others talk.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { firstLoad } from "./page/first-load.ts";
import { printFirstLoad, printScrolled, printTyped } from "./page/print.ts";
import { beginningOf, fill, TEXTS } from "./page/rooms.ts";
import { loadAll, lookThrough } from "./page/scrolling.ts";
import { openBrowser, Tab } from "./page/tab.ts";
import { ARRIVING, typing } from "./page/typing.ts";
import { keep } from "./support/report.ts";
import { MeasuredServer } from "./support/server.ts";

const SMALL = 100;
const LARGE = Number(process.env.BENCH_EVENTS ?? 100_000);

export async function page(): Promise<void> {
  const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "natter-bench-"));
  try {
    await fill(folder, { small: SMALL, large: LARGE });
    const server = await MeasuredServer.start(folder);
    try {
      const browser = await openBrowser();
      try {
        await keep("page", { browser: browser.version(), texts: TEXTS, ...(await measure(browser, server)) });
      } finally {
        await browser.close();
      }
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(browser: Browser, { port, pagePort }: MeasuredServer): Promise<object> {
  const origin = `http://localhost:${pagePort}`;
  const load = await firstLoad(browser, origin, SMALL);
  printFirstLoad(load);

  const small = await enter(browser, origin, "small", SMALL);
  const smallHeapBytes = await small.heapBytes();
  const typed = { small: await typing(small, port, "small", ARRIVING) };
  await small.page.close();

  const large = await enter(browser, origin, "large", LARGE);
  const loading = await loadAll(large);
  const looking = await lookThrough(large, LARGE);
  printScrolled({ loading, looking, smallHeapBytes, events: LARGE });

  const all = { ...typed, large: await typing(large, port, "large", ARRIVING) };
  printTyped(all);
  await large.page.close();
  return { load, smallHeapBytes, scrolling: { loading, looking }, typing: all };
}

/** Somebody new in a room. */
async function enter(browser: Browser, origin: string, room: string, last: number): Promise<Tab> {
  const tab = await Tab.open(await browser.newContext());
  await tab.page.goto(`${origin}/r/${room}`);
  await tab.introduce("Bench");
  await tab.usable(beginningOf(last));
  return tab;
}
