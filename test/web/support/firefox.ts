// Firefox, spoken to over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it has without any driver.
// On Debian: apt-get install -y --no-install-recommends firefox-esr. FIREFOX=/path/to/it names another.

import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../support/natter.ts";
import { inTime } from "../../support/raw-client.ts";

const NAMES = [process.env.FIREFOX, "firefox-esr", "firefox"];
/** How long a machine that does much at once may take to start a browser, in ms. */
const PATIENCE_MS = 30_000;

type Answer = {
  id?: number;
  type: string;
  result?: unknown;
  message?: string;
  method?: string;
  params?: unknown;
};
type Value = { type: string; value?: unknown };

/** The program to start, where there is one. */
export function findFirefox(): string | undefined {
  return NAMES.find((name) => name !== undefined && spawnSync(name, ["--version"]).status === 0);
}

/** One window of a new profile, and what its console had to complain of. */
export class Firefox implements AsyncDisposable {
  readonly complaints: string[] = [];
  readonly #program: Program;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #count = 0;
  #context = "";

  private constructor(program: Program, profile: string, socket: WebSocket) {
    this.#program = program;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(`${data}`)));
  }

  static async open(path: string): Promise<Firefox> {
    const profile = await mkdtemp(join(tmpdir(), "natter-test-firefox-"));
    const program = new Program(path, [
      "--headless",
      "--remote-debugging-port=0",
      "--profile",
      profile,
      "about:blank",
    ]);
    const address = (await inTime(said(program), "Firefox to start", PATIENCE_MS))[1]!;
    const socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error(`no BiDi at ${address}`)), { once: true });
    });
    const firefox = new Firefox(program, profile, socket);
    await firefox.#ask("session.new", { capabilities: {} });
    await firefox.#ask("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts } = (await firefox.#ask("browsingContext.getTree", {})) as {
      contexts: { context: string }[];
    };
    firefox.#context = contexts[0]!.context;
    return firefox;
  }

  async goto(url: string): Promise<void> {
    await this.#ask("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const wait = async (): Promise<void> => {
      while ((await this.evaluate(`Boolean(${expression})`)) !== true) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await inTime(wait(), expression, PATIENCE_MS);
  }

  /** The value of an expression: a text, a number or a boolean. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = (await this.#ask("script.evaluate", {
      expression,
      target: { context: this.#context },
      awaitPromise: true,
    })) as { result?: Value; exceptionDetails?: { text: string } };
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.text);
    return answer.result?.value;
  }

  /** Types as a person does, into what has the focus; "\uE006" is Enter (WebDriver, keyboard actions). */
  async type(text: string): Promise<void> {
    const actions = [...text].flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    await this.#ask("input.performActions", {
      context: this.#context,
      actions: [{ type: "key", id: "keyboard", actions }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#program.child.kill();
    await this.#program.exited;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#count;
    const answered = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answered);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return inTime(answered.promise, `an answer to ${method}`, PATIENCE_MS);
  }

  #hear({ id, type, result, message, method, params }: Answer): void {
    if (type === "event") {
      const { level, text } = params as { level: string; text: string };
      if (method === "log.entryAdded" && ["error", "warn"].includes(level)) this.complaints.push(text);
      return;
    }
    const waiting = this.#waiting.get(id!);
    this.#waiting.delete(id!);
    if (type === "success") waiting?.resolve(result);
    else waiting?.reject(new Error(message));
  }
}

/** The line in which it says where it listens. */
async function said(program: Program): Promise<RegExpExecArray> {
  for (;;) {
    try {
      return await program.line(/WebDriver BiDi listening on (ws:\S+)/, program.err);
    } catch (error) {
      if (program.child.exitCode !== null) throw error;
    }
  }
}
