// A natter and a browser, and who is there: people at pages of their own, and writers without one.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatClient } from "@natter/client";
import { MAX_APPEND, openSqliteStore } from "natter/store";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { openBrowser } from "../../support/browser.ts";
import { Natter } from "../../support/natter.ts";
import { Person } from "./person.ts";

/** What was said in a room before the server started. */
export type Said = { readonly by: string; readonly text: string; readonly at?: number };

/** Writers say more in a second than people do. */
const ARGUMENTS = ["--message-rate", "0"];

export class House implements AsyncDisposable {
  readonly natter: Natter;
  readonly browser: Browser;
  readonly origin: string;
  readonly #past: string | undefined;

  private constructor(natter: Natter, browser: Browser, past: string | undefined) {
    this.natter = natter;
    this.browser = browser;
    this.origin = `http://localhost:${natter.port}`;
    this.#past = past;
  }

  /** @param past what stands in the rooms already, by their names */
  static async open(past: Readonly<Record<string, readonly Said[]>> = {}): Promise<House> {
    const folder = Object.keys(past).length === 0 ? undefined : await written(past);
    const args = folder === undefined ? ARGUMENTS : [...ARGUMENTS, "--data", folder];
    // The second where the first is there: a browser that nobody closes keeps a failed test from ending.
    await using started = new AsyncDisposableStack();
    const natter = started.use(await Natter.start(args));
    const browser = await openBrowser();
    started.move();
    return new House(natter, browser, folder);
  }

  /** Somebody with a browser of their own. */
  person(name: string, options: BrowserContextOptions = {}): Promise<Person> {
    return Person.arrive(this.browser, name, this.origin, options);
  }

  /** Somebody whose page is not looked at: a client, with no browser. */
  writer(name: string): ChatClient {
    return new ChatClient({ url: `ws://127.0.0.1:${this.natter.port}/`, name });
  }

  /** Has a passer-by say something in a room, and waits until all of it is stored. */
  async hears(room: string, texts: readonly string[], by = "Grace"): Promise<void> {
    await using writer = this.writer(by);
    const joined = await writer.join(room);
    await Promise.all(texts.map((text) => joined.send(text)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.natter[Symbol.asyncDispose]();
    if (this.#past !== undefined) await rm(this.#past, { recursive: true, force: true });
  }
}

async function written(past: Readonly<Record<string, readonly Said[]>>): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "natter-test-past-"));
  const store = await openSqliteStore({ dataDir });
  for (const [room, said] of Object.entries(past)) {
    for (let done = 0; done < said.length; done += MAX_APPEND) {
      const drafts = said.slice(done, done + MAX_APPEND).map(({ by, text, at = Date.now() }, index) => ({
        kind: "message" as const,
        id: `past-${done + index}`,
        at,
        from: { id: `past-${by}`.padEnd(22, "0"), name: by },
        text,
      }));
      await store.append(room, drafts);
    }
  }
  await store.close();
  return dataDir;
}
