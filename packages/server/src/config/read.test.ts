import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { flagOf, OPTIONS, type Option, variableOf } from "./options.ts";
import { helpText, readCommand } from "./read.ts";
import { UsageError } from "./usage-error.ts";

function config(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const command = readCommand(args, environment);
  assert.equal(command.kind, "serve");
  return command.kind === "serve" ? command.config : assert.fail();
}

describe("the command line", () => {
  it("without a word means the defaults", () => {
    const { trustProxy, ...others } = config([]);
    assert.equal(trustProxy.trusts("127.0.0.1"), false);
    assert.deepEqual(others, {
      port: 8000,
      wsPort: 9001,
      host: "127.0.0.1",
      data: "./data",
      databaseUrl: undefined,
      busUrl: undefined,
      publicUrl: undefined,
      allowOrigin: [],
      maxConnections: 20_000,
      maxConnectionsPerAddress: 1_000,
      messageRate: 50,
      keepEvents: undefined,
      keepDays: undefined,
      tlsCert: undefined,
      tlsKey: undefined,
      logLevel: "info",
      metricsAddress: undefined,
    });
  });

  it("moves from the folder that is named, or that of the data, to an address that may stand in the environment", () => {
    const to = "postgres://host/db";
    assert.deepEqual(readCommand(["move", "--from", "a", "--to", to], {}), { kind: "move", from: "a", to });
    assert.deepEqual(readCommand(["move", "--data", "b"], { DATABASE_URL: to }), {
      kind: "move",
      from: "b",
      to,
    });
  });

  it("wins over the environment, which wins over the defaults", () => {
    const environment = {
      NATTER_PORT: "1",
      NATTER_WS_PORT: "2",
      NATTER_ALLOW_ORIGIN: "http://a.example, http://b.example/x",
    };
    const read = config(
      ["--port", "3", "--allow-origin=https://c.example", "--allow-origin", "http://d.example"],
      environment,
    );
    assert.equal(read.port, 3);
    assert.equal(read.wsPort, 2);
    assert.deepEqual(read.allowOrigin, ["https://c.example", "http://d.example"]);
    assert.deepEqual(config([], environment).allowOrigin, ["http://a.example", "http://b.example"]);
  });

  it("takes the databases that a host names in variables of its own, unless natter's own say otherwise", () => {
    const environment = { DATABASE_URL: "postgres://a/x", REDIS_URL: "redis://b" };
    assert.equal(config([], environment).databaseUrl?.host, "a");
    assert.equal(config([], environment).busUrl?.host, "b");
    assert.equal(
      config([], { ...environment, NATTER_DATABASE_URL: "postgresql://c/x" }).databaseUrl?.host,
      "c",
    );
  });

  it("asks for help or the version whatever else it says", () => {
    assert.equal(readCommand(["-h", "--port", "x"], {}).kind, "help");
    assert.equal(readCommand(["--version"], { NATTER_PORT: "x" }).kind, "version");
  });

  const wrong: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    ["a port that is none", ["--port", "80x"], {}, /^--port must be a port.*"80x"/],
    ["a port over 65535", ["--ws-port=65536"], {}, /^--ws-port must be a port/],
    ["a variable that is wrong, by its name", [], { NATTER_PORT: "-1" }, /^NATTER_PORT must be a port/],
    ["an option there is not", ["--prot", "1"], {}, /'--prot'.*See --help/],
    ["an option without its value", ["--port"], {}, /--port.*See --help/],
    ["a command there is not", ["start"], {}, /"start".*See --help/],
    ["a move to nowhere", ["move", "--from", "data"], {}, /move needs --to/],
    ["a word behind move", ["move", "data", "--to", "postgres://host/db"], {}, /move takes no "data"/],
    ["an option of move elsewhere", ["serve", "--to", "postgres://host/db"], {}, /--to is an option of move/],
    ["a backup to nowhere", ["backup"], {}, /backup takes one file/],
    ["two files to restore", ["restore", "a", "b"], {}, /restore takes one file/],
    ["a word too many", ["check", "a"], {}, /check takes no "a"/],
    ["a proxy that is none", ["--trust-proxy", "loopback,nginx"], {}, /--trust-proxy must.*"nginx"/],
    ["no connections", ["--max-connections", "0"], {}, /--max-connections must be a whole number/],
    ["a count of nothing", ["--keep-events", "0"], {}, /--keep-events must be a whole number/],
    ["a URL that is none", ["--public-url", "chat.example"], {}, /^--public-url must be a URL/],
    ["an origin of another scheme", ["--allow-origin", "ftp://x"], {}, /^--allow-origin must be a URL/],
    ["a rate below 0", ["--message-rate=-1"], {}, /^--message-rate must be a number/],
    ["a level there is not", ["--log-level", "loud"], {}, /^--log-level must be one of debug, .*"loud"/],
    ["a port without an address", ["--metrics-address", "9100"], {}, /^--metrics-address must be an address/],
    ["a port too high", ["--metrics-address", "[::1]:70000"], {}, /^--metrics-address must be an address/],
    [
      "another database",
      [],
      { DATABASE_URL: "mysql://ada:secret@x" },
      /^DATABASE_URL must .* postgres:\/\/\.$/,
    ],
    ["a bus without a database", ["--bus-url", "redis://x"], {}, /^--bus-url needs --database-url/],
    ["an empty folder", ["--data", ""], {}, /^--data must not be empty/],
  ];
  for (const [what, args, environment, sentence] of wrong) {
    it(`is told of ${what} in one sentence`, () => {
      assert.throws(
        () => readCommand(args, environment),
        (error) =>
          error instanceof UsageError && sentence.test(error.message) && !error.message.includes("\n"),
      );
    });
  }
});

describe("the options", () => {
  const table = Object.entries<Option<unknown>>(OPTIONS);

  it("all stand in --help", () => {
    for (const [name, option] of table)
      assert.ok(helpText().includes(`--${flagOf(name)} ${option.value}`), name);
  });

  it("all stand in docs/configuration.md with variable, default and meaning, and nothing else does", () => {
    const docs = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
    const rows = docs.split("\n").filter((line) => line.startsWith("| `--"));
    const expected = table.map(([name, option]) => {
      const fallback = option.fallback === "" ? "none" : `\`${option.fallback}\``;
      const also = option.variable === undefined ? "" : ` or \`${option.variable}\``;
      return `| \`--${flagOf(name)} ${option.value}\` | \`${variableOf(name)}\`${also} | ${fallback} | ${option.about} |`;
    });
    assert.deepEqual(rows, expected);
  });
});
