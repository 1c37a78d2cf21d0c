import { parseArgs } from "node:util";
import { type Config, flagOf, OPTIONS, type Option, variableOf } from "./options.ts";
import { UsageError } from "./usage-error.ts";

export type Command =
  | { readonly kind: "serve"; readonly config: Config }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

const TABLE = Object.entries(OPTIONS) as [keyof Config, Option<unknown>][];

/**
 * What the command line and the environment ask for; the command line wins.
 *
 * @throws {UsageError} with a sentence that names the option or the variable
 */
export function readCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const given = readFlags(args);
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const config = Object.fromEntries(
    TABLE.map(([name, option]) => {
      const [text, source] = find(name, option, given, environment);
      return [name, option.parse(text, source)];
    }),
  );
  return { kind: "serve", config: config as Config };
}

type Flags = Record<string, string | boolean | (string | boolean)[] | undefined>;

function readFlags(args: readonly string[]): Flags {
  const options = Object.fromEntries(
    TABLE.map(
      ([name, option]) => [flagOf(name), { type: "string", multiple: option.repeats ?? false }] as const,
    ),
  );
  try {
    const flags = { help: { type: "boolean", short: "h" }, version: { type: "boolean" } } as const;
    return parseArgs({ args: [...args], options: { ...options, ...flags } }).values;
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(". ");
    throw new UsageError(`${sentence.replace(/\.?$/, ".")} See --help.`);
  }
}

/** The text given for an option, and what to call it when it is wrong. */
function find(
  name: string,
  option: Option<unknown>,
  given: Flags,
  environment: NodeJS.ProcessEnv,
): [string, string] {
  const flag = given[flagOf(name)];
  if (flag !== undefined) return [String(flag), `--${flagOf(name)}`];
  return [environment[variableOf(name)] ?? option.fallback, variableOf(name)];
}

/** What `--help` prints. */
export function helpText(): string {
  const lines = TABLE.map(([name, option]) => {
    const usual = option.fallback === "" ? "" : ` (${option.fallback})`;
    return `  ${`--${flagOf(name)} ${option.value}`.padEnd(27)}${option.about}${usual}`;
  });
  return `natter: a chat that starts with one command.

  npm start                    serve the page and WebSocket
  npm start -- --port 8080     the same, with options

Options, with their defaults. Each is an environment variable too: --ws-port is NATTER_WS_PORT.

${lines.join("\n")}
  ${"--help, -h".padEnd(27)}Show this.
  ${"--version".padEnd(27)}Show the version.
`;
}
