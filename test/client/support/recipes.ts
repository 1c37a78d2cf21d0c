// The code blocks of the client's README, each run as it stands in a project that has the packed client.

import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { ChatClient } from "@natter/client";
import { rolldown } from "rolldown";
import { Natter, Program, ROOT } from "../../support/natter.ts";
import { Pages } from "./page.ts";

const README = readFileSync(join(ROOT, "packages/client/README.md"), "utf8");
const BLOCK = /^```\w+\n([\s\S]*?)^```$/gm;
/** What goes before each block in the README. */
const RECIPES = [
  "# @natter/client",
  "**A bot in ten lines.**",
  "**A bot that misses nothing while it is down.**",
  "**A page without a bundler.**",
  "**A React hook.**",
  "**A message on its way.**",
] as const;

/** @param port at which the server of this test listens, instead of the one that the README names */
function blockAfter(title: (typeof RECIPES)[number], port: number): string {
  const [, block] = new RegExp(BLOCK.source, "m").exec(README.slice(README.indexOf(title)))!;
  return block!.replaceAll("9001", `${port}`);
}

type Project = { readonly folder: string; readonly env: NodeJS.ProcessEnv };

function start({ folder, env }: Project, file: string, code: string): Program {
  writeFileSync(join(folder, file), code);
  return new Program(process.execPath, [file], { cwd: folder, env });
}

function clientOf(natter: Natter): ChatClient {
  return new ChatClient({ url: `ws://localhost:${natter.wsPort}/`, name: "Bob" });
}

/** Registers the tests. @param project once it is there */
export function testRecipes(project: () => Project): void {
  it("has a test for each code block of the README", () => {
    const blocks = [...README.matchAll(BLOCK)].map(([block]) => block);
    const tested = RECIPES.map((title) => blockAfter(title, 9001));
    assert.deepEqual(
      blocks.map((block) => block.replace(/^.*\n|```$/g, "")),
      tested,
    );
  });

  it("runs the README's first example in plain JavaScript", async () => {
    await using natter = await Natter.start();
    const first = start(
      project(),
      "hi.js",
      `${blockAfter(RECIPES[0], natter.wsPort)}\nawait chat.close();\n`,
    );
    assert.equal(await first.exited, 0, first.said());
    assert.deepEqual(first.out, ["Ada: hi"]);
  });

  it("runs the bot in ten lines, which ends by itself when it is told", async () => {
    await using natter = await Natter.start();
    const bot = start(project(), "echo.js", blockAfter(RECIPES[1], natter.wsPort));
    await using bob = clientOf(natter);
    const lobby = await bob.join("lobby");
    for await (const { list = [] } of lobby.each("people")) if (list.length === 2) break;
    const heard = lobby.each("event");
    void lobby.send("hello");
    assert.equal((await heard.next()).value?.text, "hello");
    assert.equal((await heard.next()).value?.text, "Bob said hello");
    await lobby.send("bye");
    assert.equal(await bot.exited, 0, bot.said());
  });

  it("P5 I4 runs the bot that misses nothing: killed and started again, it is the same person, and has all of it", async () => {
    await using natter = await Natter.start();
    const { folder } = project();
    const code = blockAfter(RECIPES[2], natter.wsPort);
    const archived = (): string[] =>
      readFileSync(join(folder, "lobby.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).text);
    await using bob = clientOf(natter);
    const lobby = await bob.join("lobby");
    const sessions = new Set<string>();
    // The bot says when it has them; it prints nothing else, and reads nothing of ours.
    const told = `${code}\nlobby.on("event", ({ text }) => console.log(text));\n`;
    for (const round of [1, 2, 3]) {
      await lobby.send(`while it was down, ${round}`);
      const bot = start(project(), "archive.js", told);
      await bot.line(new RegExp(`^while it was down, ${round}$`));
      await lobby.send(`while it was up, ${round}`);
      await bot.line(new RegExp(`^while it was up, ${round}$`));
      bot.child.kill("SIGKILL");
      await bot.exited;
      sessions.add(JSON.parse(readFileSync(join(folder, "bot.json"), "utf8")).session);
    }
    const both = (round: number) => [`while it was down, ${round}`, `while it was up, ${round}`];
    assert.deepEqual(archived(), [1, 2, 3].flatMap(both));
    assert.equal(sessions.size, 1);
  });

  it("runs the page without a bundler, in a browser", async () => {
    await using natter = await Natter.start();
    const path = "/node_modules/@natter/client/dist/browser.js";
    await using pages = await Pages.open("", {
      "/page.html": blockAfter(RECIPES[3], natter.wsPort),
      [path]: readFileSync(join(project().folder, path), "utf8"),
    });
    const page = await pages.visit("/page.html", await pages.profile());
    await page.fill("#text", "<b>hi</b>");
    await page.press("#text", "Enter");
    assert.equal(await page.textContent("#log li"), "Ada: <b>hi</b>");
    assert.equal(await page.inputValue("#text"), "");
  });

  it("runs the React hook in a browser, where React mounts everything twice to find what does not clean up", async () => {
    await using natter = await Natter.start();
    await using bob = clientOf(natter);
    const lobby = await bob.join("lobby");
    await lobby.send("before");
    await using pages = await Pages.open("", {
      "/react.html": '<!doctype html><main></main><script type="module" src="/react.js"></script>',
      "/react.js": await bundleReact(project().folder, natter.wsPort),
    });
    const page = await pages.visit("/react.html", await pages.profile());
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.waitForFunction("document.querySelector('main')?.innerText === 'before'");
    await lobby.send("after");
    await page.waitForFunction("document.querySelector('main')?.innerText.trim() === 'before\\nafter'");
    assert.deepEqual(problems, []);
  });

  it("runs the message on its way, and tells its states", async () => {
    await using natter = await Natter.start();
    const code = `
      import { ChatClient } from "@natter/client";
      await using chat = new ChatClient({ url: "ws://localhost:${natter.wsPort}/", name: "Ada" });
      const lobby = await chat.join("lobby");
      const show = (text, kind) => console.log(text, kind);
      ${blockAfter(RECIPES[5], natter.wsPort)}
      await message.durable();`;
    const program = start(project(), "message.js", code);
    assert.equal(await program.exited, 0, program.said());
    assert.deepEqual(program.out, ["hi durable"]);
  });
}

const APP = `
import { ChatClient } from "@natter/client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { useTimeline } from "./hook.jsx";

const room = new ChatClient({ url: "ws://localhost:9001/", name: "Ada" }).room("lobby");
function Lobby() {
  const timeline = useTimeline(room);
  return timeline?.events.map(({ seq, text }) => <div key={seq}>{text}</div>);
}
createRoot(document.querySelector("main")).render(<StrictMode><Lobby /></StrictMode>);
`;

async function bundleReact(folder: string, port: number): Promise<string> {
  for (const name of ["react", "react-dom"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "hook.jsx"), blockAfter(RECIPES[4], port));
  writeFileSync(join(folder, "app.jsx"), APP.replace("9001", `${port}`));
  const build = await rolldown({
    input: join(folder, "app.jsx"),
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"development"' } },
  });
  return (await build.generate({ format: "esm" })).output[0].code;
}
