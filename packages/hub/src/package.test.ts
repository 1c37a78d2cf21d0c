// What users get: the packed tarball in an empty project, and the README's promises.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RawClient } from "../../../test/support/raw-client.ts";
import { linesOf } from "../../../test/support/transcript.ts";
import { DEFAULTS } from "./options.ts";

const WORKSPACE = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(PACKAGE, "README.md"), "utf8");
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

suite("the packed library in an empty project", () => {
  let project: string;
  let files: string[];

  before(async () => {
    project = mkdtempSync(join(tmpdir(), "natter-hub-"));
    const { stdout } = await npm(PACKAGE, "pack", "--json", "--pack-destination", project);
    const report: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
    // npm 11 gives a list; others give an object by package name.
    const [packed] = Object.values(report as object) as { filename: string; files: { path: string }[] }[];
    files = packed!.files.map(({ path }) => path);
    writeFileSync(join(project, "package.json"), '{"private":true,"type":"module"}');
    const tarball = join(project, packed!.filename);
    await npm(project, "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);
    for (const name of ["@types/node", "undici-types"]) {
      cpSync(join(WORKSPACE, "node_modules", name), join(project, "node_modules", name), { recursive: true });
    }
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  test("the tarball holds the compiled sources, README, docs, LICENSE, and nothing else", () => {
    const sources = readdirSync(import.meta.dirname).filter((name) => /^[a-z]+\.ts$/.test(name));
    const compiled = sources.flatMap((name) => [name.replace(/ts$/, "js"), name.replace(/ts$/, "d.ts")]);
    const expected = [
      "LICENSE",
      "README.md",
      "docs/writing-beside-ws.md",
      "package.json",
      ...compiled.map((name) => `dist/${name}`),
    ];
    assert.deepEqual(files.toSorted(), expected.toSorted());
    const license = (path: string) => readFileSync(path, "utf8");
    assert.equal(license(join(PACKAGE, "LICENSE")), license(join(WORKSPACE, "LICENSE")));
  });

  test("it brings ws and nothing else", () => {
    const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
    const installed = Object.keys(packages).filter((path) => path !== "");
    assert.deepEqual(installed.toSorted(), ["node_modules/@natter/hub", "node_modules/ws"]);
  });

  test("the README's first example runs, in plain JavaScript", async (t) => {
    const example = /^```js\n([\s\S]*?)^```$/m.exec(README)?.[1] ?? "";
    assert.ok(example.split("\n").filter((line) => line !== "").length <= 10, "it is short");
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");

    writeFileSync(join(project, "chat.js"), example.replaceAll("9001", `${port}`));
    const child = spawn(process.execPath, ["chat.js"], { cwd: project, env });
    t.after(() => child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const { printed } = linesOf(child.stdout);
    assert.equal(await printed(), `Chat on ws://localhost:${port}/`);
    const one = await RawClient.connect(port);
    const two = await RawClient.connect(port);
    assert.equal(await one.next(), "New client (2) connected");
    one.send("hi");
    assert.equal(await two.next(), "Client (1) : hi");
    await two.leave();
    assert.equal(await one.next(), "Client (2) left");
    one.vanish();
    child.kill();
    await exited;
  });

  for (const [name, compilerOptions] of [
    ["nodenext", { module: "nodenext" }],
    ["a bundler", { module: "esnext", moduleResolution: "bundler" }],
  ] as const) {
    test(`its types hold with the module resolution of ${name}, library checks on, without @types/ws`, async () => {
      writeFileSync(join(project, "use.ts"), USE);
      const strict = { strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true };
      const base = { target: "es2024", lib: ["esnext"], types: ["node"], ...strict };
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

  test("what is internal is not in the types", () => {
    const types = (name: string) =>
      readFileSync(join(project, "node_modules/@natter/hub/dist", name), "utf8");
    for (const name of ["index.d.ts", "hub.d.ts", "client.d.ts", "options.d.ts", "events.d.ts"]) {
      assert.doesNotMatch(types(name), /"ws"|@internal/, name);
    }
  });
});

/** Touches the whole API; what must not compile is marked. */
const USE = `
import { createServer } from "node:http";
import {
  Hub, type Admission, type AttachOptions, type Client, type CloseOptions, type Departure, type HubEvents,
  type HubOptions, type Logger, type LogLevel, type PublishOptions,
} from "@natter/hub";

type User = { name: string };
const logLevel: LogLevel = "warn";
const logger: Logger = console;
const admit = async (): Promise<Admission<User>> => ({ data: { name: "Ada" } });
const options: HubOptions<User> = { port: 0, admit, protocols: ["v1"], logLevel, logger };
const hub = new Hub<User>(options);
const plain = new Hub({ server: createServer() });
hub.on("connect", (client, request) => {
  const name: string = client.data.name;
  client.join(request.url ?? name);
});
hub.on("message", async (client, message) => {
  const text: string = typeof message === "string" ? message : message.toString("hex");
  client.send(text);
  hub.publish("den", new Uint8Array(3), { except: client });
});
hub.on("disconnect", (client: Client<User>, departure: Departure) => {
  const line: string = client.id + departure.why + departure.code + departure.reason;
  hub.broadcast(line);
});
hub.on("error", (error: unknown) => void error);
const attach: AttachOptions = { server: createServer(), path: "/" };
plain.attach(attach);
const everybody: PublishOptions<User> = {};
hub.broadcast("hi", everybody);
const closing: CloseOptions = { graceful: false, code: 1000, reason: "" };
const events: (keyof HubEvents<User>)[] = ["connect", "message", "disconnect", "error"];
for (const client of hub.clients.values()) client.data.name.at(client.port + events.length);
for (const client of hub.members("den")) client.close(4000, client.rooms.join());
const port: number | undefined = hub.address?.port;
await (await hub.listen()).disconnectAll(closing);
await hub[Symbol.asyncDispose]();
// @ts-expect-error
hub.on("connect", (client: string) => client);
// @ts-expect-error
hub.broadcast(port);
// @ts-expect-error
new Hub({ prot: 9001 });
`;

suite("the README", () => {
  const rowsOf = (heading: string): string[][] => {
    const section = README.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
    const rows = section.split("\n").filter((line) => line.startsWith("|"));
    return rows.slice(2).map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };
  const documented = rowsOf("Options").map(([name = "", unit = "", value = ""]) => ({
    name: name.replaceAll("`", ""),
    unit,
    value: value.replaceAll("`", ""),
  }));

  test("names each option, and no other", () => {
    const source = readFileSync(new URL("options.ts", import.meta.url), "utf8");
    const type = /export type HubOptions[\s\S]*?\n};/.exec(source)![0];
    const options = Array.from(type.matchAll(/^ {2}readonly (\w+)\?:/gm), ([, name]) => name);
    assert.deepEqual(
      documented.map(({ name }) => name),
      options,
    );
  });

  test("gives each option the default that is in force, and its unit", () => {
    const inForce = Object.entries(DEFAULTS).map(([name, value]) => ({
      name,
      unit: name.endsWith("Ms") ? "ms" : /Bytes(InAll)?$/.test(name) ? "bytes" : "",
      value: value === console ? "console" : value.toLocaleString("en"),
    }));
    const withDefault = documented.filter(({ name }) => name in DEFAULTS);
    assert.deepEqual(withDefault, inForce);
  });

  test("names each reason to be gone, and each member of hub and client", () => {
    const source = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
    const reasons = /why: ("[a-z]+"(?: \| "[a-z]+")*);/.exec(source("client.ts"))![1]!.match(/\w+/g)!;
    for (const reason of reasons) assert.ok(README.includes(`\`${reason}\``), reason);
    for (const [file, of] of [
      ["hub.ts", "hub"],
      ["client.ts", "client"],
    ] as const) {
      const [, inside = ""] = source(file).split(/^export class /m);
      const members = inside.matchAll(/^ {2}(?:readonly |get |async )*([a-z]\w+)(?=[(:])(?!.*@internal)/gm);
      const names = Array.from(members, ([, name]) => name).filter((name) => name !== "constructor");
      assert.ok(names.length > 8);
      // `why`, the count of messages and whether one has begun are kept for the hub itself.
      const internal = ["messagesReceived", "why", "isMidMessage"];
      for (const name of names) {
        if (!internal.includes(name!)) assert.ok(README.includes(`${of}.${name}`), `${of}.${name}`);
      }
    }
  });

  test("maps every method and callback of websocket_server", () => {
    const mapped = rowsOf("Coming from websocket_server")
      .map(([theirs]) => theirs)
      .join("\n");
    for (const name of [
      "WebsocketServer(host, port, loglevel, key, cert)",
      "run_forever(threaded)",
      "set_fn_new_client",
      "set_fn_client_left",
      "set_fn_message_received",
      "`new_client`",
      "`client_left`",
      "`message_received`",
      "send_message(",
      "send_message_to_all(",
      "deny_new_connections(status, reason)",
      "allow_new_connections()",
      "shutdown_gracefully(status, reason)",
      "shutdown_abruptly()",
      "disconnect_clients_gracefully(status, reason)",
      "disconnect_clients_abruptly()",
      "`clients`",
      "client['id']",
      "client['handler']",
      "client['address']",
    ]) {
      assert.ok(mapped.includes(name), name);
    }
  });
});
