// The first load: what comes over the wire, and how long until one can write and sees what was said.

import type { Browser } from "playwright-core";
import { beginningOf } from "./rooms.ts";
import { Tab } from "./tab.ts";

const RUNS = Number(process.env.BENCH_RUNS ?? 9);
/** How long what comes late is waited for, in ms: files that the page asks for when it is idle, shifts of its layout. */
const REST_MS = 300;

export type Visit = { usableMs: number; paintMs: number; shift: number };
export type File = { name: string; brotli: number; gzip: number; plain: number; late: boolean };
export type FirstLoad = {
  files: File[];
  /** An empty cache, nobody known: until the name is asked for, and from Enter until the chat is there. */
  stranger: Visit[];
  strangerEntersMs: number[];
  /** An empty cache, somebody known. */
  known: Visit[];
  /** The page is in the cache. */
  cached: Visit[];
};

export async function firstLoad(browser: Browser, origin: string, last: number): Promise<FirstLoad> {
  const all: FirstLoad = { files: [], stranger: [], strangerEntersMs: [], known: [], cached: [] };
  // The first page of a browser waits for what the others do not.
  for (let run = -1; run < RUNS; run++) {
    await using stranger = await browser.newContext();
    const tab = await Tab.open(stranger);
    await tab.page.goto(`${origin}/r/small`);
    const asked = await visit(tab, await tab.asksForName());
    await tab.introduce("Bench");
    const enteredAt = await tab.page.evaluate(() => performance.now());
    const entersMs = (await tab.usable(beginningOf(last))) - enteredAt;

    await using somebody = await browser.newContext({
      storageState: await stranger.storageState({ indexedDB: true }),
    });
    const known = await Tab.open(somebody);
    await known.page.goto(`${origin}/r/small`);
    const cold = await visit(known, await known.usable(beginningOf(last)));
    if (run < 0) all.files = await filesOf(known, origin, cold.paintMs);
    await known.page.reload();
    const warm = await visit(known, await known.usable(beginningOf(last)));
    if (run < 0) continue;
    all.stranger.push(asked);
    all.strangerEntersMs.push(entersMs);
    all.known.push(cold);
    all.cached.push(warm);
  }
  return all;
}

async function visit(tab: Tab, usableMs: number): Promise<Visit> {
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const paintMs = await tab.page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]!.startTime,
  );
  return { usableMs, paintMs, shift: await tab.shift() };
}

/** Scripts and styles that the page got, and those that it gets when somebody types the first `:sm`. */
async function filesOf(tab: Tab, origin: string, paintMs: number): Promise<File[]> {
  await tab.page.keyboard.type(":sm");
  await tab.page.getByRole("option").first().waitFor();
  await tab.page.keyboard.press("Control+A");
  await tab.page.keyboard.press("Delete");
  const got = await tab.page.evaluate(() =>
    performance.getEntriesByType("resource").map(({ name, startTime }) => ({ name, startTime })),
  );
  const files = got.filter(({ name }) => /\.(js|css)$/.test(name));
  return await Promise.all(
    files.map(async ({ name, startTime }) => ({
      name: name.slice(`${origin}/assets/`.length),
      brotli: await bytesOf(name, "br"),
      gzip: await bytesOf(name, "gzip"),
      plain: await bytesOf(name, "identity"),
      late: startTime > paintMs,
    })),
  );
}

async function bytesOf(url: string, encoding: string): Promise<number> {
  const response = await fetch(url, { headers: { "Accept-Encoding": encoding } });
  await response.body?.cancel();
  return Number(response.headers.get("content-length"));
}
