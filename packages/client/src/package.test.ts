// What users get: the packed tarballs in an empty project, and the README's promises.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { CLOSE_CODES, closeAction } from "@natter/protocol";
import { rolldown } from "rolldown";
import { Pages } from "../../../test/client/support/page.ts";
import { testRecipes } from "../../../test/client/support/recipes.ts";
import { Natter } from "../../../test/support/natter.ts";
import { STOP_CODES } from "./connection.ts";

const WORKSPACE = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(PACKAGE, "README.md"), "utf8");
/** Bytes, gzipped, of what a page needs to chat, its outbox included. */
const MAX_BYTES = 10_240;
const run = promisify(execFile);

/** As a stranger's shell has it: nothing of what npm or node --test tell their children, above all no conditions. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|INIT_CWD$)/i.test(name),
  ),
);

function npm(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  const cli = process.env.npm_execpath;
  const [file, first] = cli?.endsWith("js") ? [process.execPath, [cli]] : ["npm", []];
  return run(file, [...first, ...args], { cwd, env });
}

async function pack(folder: string, to: string): Promise<{ path: string; files: string[] }> {
  const { stdout } = await npm(folder, "pack", "--json", "--pack-destination", to);
  const report: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]$/m)));
  const [packed] = Object.values(report as object) as { filename: string; files: { path: string }[] }[];
  return { path: join(to, packed!.filename), files: packed!.files.map(({ path }) => path) };
}

describe("the packed client in an empty project", () => {
  let project: string;
  let files: string[];

  before(async () => {
    project = mkdtempSync(join(tmpdir(), "natter-client-"));
    const protocol = await pack(join(WORKSPACE, "packages/protocol"), project);
    const client = await pack(PACKAGE, project);
    files = client.files;
    writeFileSync(join(project, "package.json"), '{"private":true,"type":"module"}');
    await npm(project, "install", "--prefer-offline", "--no-audit", "--no-fund", protocol.path, client.path);
    for (const name of ["@types/node", "undici-types"]) {
      cpSync(join(WORKSPACE, "node_modules", name), join(project, "node_modules", name), { recursive: true });
    }
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it("holds the compiled sources, all of it in one file for browsers, README, LICENSE, and nothing else", () => {
    const sources = globSync("**/*.ts", { cwd: import.meta.dirname }).filter(
      (file) => !file.endsWith(".test.ts"),
    );
    const compiled = sources.flatMap((file) => [file.replace(/ts$/, "js"), file.replace(/ts$/, "d.ts")]);
    const expected = ["LICENSE", "README.md", "package.json", "dist/browser.js"];
    expected.push(...compiled.map((file) => `dist/${file}`));
    assert.deepEqual(files.toSorted(), expected.toSorted());
    assert.equal(
      readFileSync(join(PACKAGE, "LICENSE"), "utf8"),
      readFileSync(join(WORKSPACE, "LICENSE"), "utf8"),
    );
  });

  it("brings the protocol, what that needs, and nothing else", () => {
    const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
    const installed = Object.keys(packages).filter((path) => path !== "");
    assert.deepEqual(installed.map((path) => path.replace("node_modules/", "")).toSorted(), [
      "@natter/client",
      "@natter/protocol",
      "valibot",
    ]);
  });

  testRecipes(() => ({ folder: project, env }));

  it("runs in a browser by a script tag of type module", async () => {
    await using natter = await Natter.start();
    const script = readFileSync(join(project, "node_modules/@natter/client/dist/browser.js"), "utf8");
    await using pages = await Pages.open(script);
    const page = await pages.tab(await pages.profile());
    const text = await page.evaluate(async (url) => {
      const { natter } = globalThis as unknown as { natter: typeof import("./index.ts") };
      const chat = new natter.ChatClient({ url, name: "Ada" });
      const lobby = await chat.join("lobby");
      return (await lobby.send("hi")).text;
    }, `ws://localhost:${natter.wsPort}/`);
    assert.equal(text, "hi");
  });

  for (const [name, compilerOptions] of [
    ["nodenext", { module: "nodenext" }],
    ["a bundler", { module: "esnext", moduleResolution: "bundler" }],
  ] as const) {
    for (const lib of [["esnext"], ["esnext", "dom"]]) {
      it(`has types that hold with the module resolution of ${name} and ${lib.join(", ")}, library checks on`, async () => {
        writeFileSync(join(project, "use.ts"), lib.includes("dom") ? USE + USE_DOM : USE);
        const strict = { strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true };
        const types = lib.includes("dom") ? [] : ["node"];
        const base = { target: "es2024", lib, types, ...strict };
        const tsconfig = { compilerOptions: { ...base, ...compilerOptions }, files: ["use.ts"] };
        writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
        const tsc = join(WORKSPACE, "node_modules/.bin/tsc");
        const failure = await run(tsc, ["-p", project], { cwd: project, env }).then(
          () => "",
          (error) => `${error.stdout}${error.stderr}`,
        );
        assert.equal(failure, "");
      });
    }
  }

  it(`costs a page at most ${MAX_BYTES.toLocaleString("en")} bytes gzipped, its outbox included`, async (t) => {
    writeFileSync(join(project, "page.js"), 'export { ChatClient } from "@natter/client";');
    const build = await rolldown({ input: join(project, "page.js"), cwd: project, platform: "browser" });
    const { output } = await build.generate({ format: "esm", minify: true, comments: false });
    const bytes = gzipSync(output[0].code, { level: 9 }).length;
    t.diagnostic(`${bytes} bytes`);
    assert.ok(bytes <= MAX_BYTES, `${bytes} bytes`);
  });
});

/** Touches the whole API; what must not compile is marked. */
const USE = `
import {
  ChatClient, ChatError, Timeline, makeSession, memoryStorage,
  type ChatClientOptions, type ConnectionState, type EventFrame, type Message, type MessageState,
  type OutboxStorage, type Person, type Room, type RoomPosition, type TimelineItem,
} from "@natter/client";

const storage: OutboxStorage = memoryStorage();
const options: ChatClientOptions = { url: "ws://localhost:9001/", name: "Ada", session: makeSession(), storage };
await using chat = new ChatClient(options);
chat.on("state", (state: ConnectionState) => {
  if (state.kind === "waiting") new Date(state.until).toISOString();
  if (state.kind === "live") state.you.name.at(state.limits.textBytes);
});
chat.on("error", (error: ChatError) => error.code === "storage_failed" && error.retry);
const room: Room = await chat.join("lobby", { since: "start" });
const position: RoomPosition | undefined = room.position;
const other = chat.room("team", { since: position });
using off = room.on("event", (event: EventFrame) => event.text.at(event.seq));
off();
const message: Message = room.post("hi");
message.on("change", (state: MessageState) => state.kind === "durable" && state.event.at);
const sent: EventFrame = await room.send("hi");
const people: readonly Person[] | undefined = room.people.list;
using timeline = new Timeline(room, { pageSize: 20 });
const items: TimelineItem[] = timeline.items;
for await (const event of room) event.from.name.at(items.length + sent.seq + (people?.length ?? 0));
for await (const state of chat.each("state")) state.kind;
const { events, more } = await room.history({ before: 3, limit: 2 });
await other.leave();
// @ts-expect-error
room.on("event", (event: string) => event + events + more);
// @ts-expect-error
room.send(3);
// @ts-expect-error
new ChatClient({ url: "ws://localhost/" });
`;

const USE_DOM = `
new ChatClient({ url: new URL("ws://localhost/"), name: "Ada", WebSocket, locks: navigator.locks });
`;

describe("the README of the client", () => {
  const source = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

  it("names each member of what it hands out, and each error of this side", () => {
    for (const [file, of] of [
      ["client.ts", "chat"],
      ["room.ts", "room"],
      ["room-view.ts", "room"],
      ["message.ts", "message"],
      ["timeline.ts", "timeline"],
    ] as const) {
      const [, inside = ""] = source(file).split(/^export class /m);
      const isInternal = /\/\*\* @internal[^\n]*\*\/\n[^\n]*\n/g;
      const members = inside
        .replace(isInternal, "")
        .matchAll(/^ {2}(?:readonly |get |async )*([a-z]\w+)(?=[(:])/gm);
      const names = Array.from(members, ([, name]) => name).filter((name) => name !== "constructor");
      assert.ok(names.length >= 5);
      for (const name of names) assert.ok(README.includes(`${of}.${name}`), `${of}.${name}`);
    }
    const codes = source("errors.ts")
      .split("export class")[0]!
      .matchAll(/^ {2}\| "(\w+)"/gm);
    for (const [, code] of codes) assert.ok(README.includes(`| \`${code}\` |`), `${code}`);
  });

  it("names each option and each state of the connection", () => {
    const options = /interface ChatClientOptions[\s\S]*?\n}/.exec(source("options.ts"))![0];
    const world = /interface Environment[\s\S]*?\n}/.exec(source("environment.ts"))![0];
    for (const [, option] of (options + world).matchAll(/^ {2}readonly (\w+)\??:/gm)) {
      assert.ok(README.includes(`\`${option}\``), `${option}`);
    }
    const states = /export type ConnectionState =[\s\S]*?;\n\n/.exec(source("connection.ts"))![0];
    for (const [, kind] of states.matchAll(/readonly kind: "([a-z]+)"/g)) {
      assert.ok(README.includes(`| \`${kind}\` |`), `${kind}`);
    }
  });
});

describe("the client's own tables", () => {
  it("X5 have the close codes that say stop, and no others", () => {
    const stop = Object.keys(CLOSE_CODES)
      .map(Number)
      .filter((code) => closeAction(code) === "stop");
    assert.deepEqual(STOP_CODES, stop);
  });
});
