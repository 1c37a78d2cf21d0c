import { parseArgs } from "node:util";
import { type Config, flagOf, OPTIONS, type Option, variableOf } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/** What natter can be told to do; the first is what it does unless told. */
const WORDS = {
  serve: "serve the page and WebSocket (this is what npm start does)",
  "backup FILE": "copy the data into FILE, also while the server runs",
  "restore FILE": "make the data folder from a backup; people are told that it is another log now",
  check: "read all of the data and say in one line whether it is sound",
  "move --from FOLDER --to URL": "carry the data over to PostgreSQL, with the server stopped",
} as const;

export type Command =
  | { readonly kind: "serve" | "check"; readonly config: Config }
  | { readonly kind: "backup" | "restore"; readonly file: string; readonly config: Config }
  | { readonly kind: "move"; readonly from: string; readonly to: string }
  | { readonly kind: "help" | "version" };

const TABLE = Object.entries(OPTIONS) as [keyof Config, Option<unknown>][];

/**
 * What the command line and the environment ask for; the command line wins.
 *
 * @throws {UsageError} with a sentence that names the option or the variable
 */
export function readCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const { values: given, positionals } = readArgs(args);
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const config = Object.fromEntries(
    TABLE.map(([name, option]) => {
      const [text, source] = find(name, option, given, environment);
      return [name, option.parse(text, source)];
    }),
  ) as Config;
  if (config.busUrl !== undefined && config.databaseUrl === undefined) {
    throw new UsageError("--bus-url needs --database-url: nodes that hear of each other share a PostgreSQL.");
  }
  if (positionals[0] === "move") return readMove(positionals, given, config);
  for (const flag of MOVE_FLAGS) {
    if (given[flag] !== undefined) throw new UsageError(`--${flag} is an option of move. See --help.`);
  }
  return readWords(positionals, config);
}

/** To where the environment says the log is to be, unless told otherwise: there a password is in no list of processes. */
function readMove(words: readonly string[], given: Flags, config: Config): Command {
  if (words.length > 1) throw new UsageError(`move takes no "${words[1]}". See --help.`);
  const to = given.to ?? config.databaseUrl?.href;
  if (to === undefined) throw new UsageError("move needs --to, the address of PostgreSQL. See --help.");
  return { kind: "move", from: String(given.from ?? config.data), to: String(to) };
}

function readWords([word = "serve", file, ...more]: readonly string[], config: Config): Command {
  switch (word) {
    case "serve":
    case "check":
      if (file !== undefined) throw new UsageError(`${word} takes no "${file}". See --help.`);
      return { kind: word, config };
    case "backup":
    case "restore":
      if (file === undefined || more.length > 0) throw new UsageError(`${word} takes one file. See --help.`);
      return { kind: word, file, config };
    default:
      throw new UsageError(`There is no command "${word}". See --help.`);
  }
}

const MOVE_FLAGS = ["from", "to"] as const;

type Flags = Record<string, string | boolean | (string | boolean)[] | undefined>;

function readArgs(args: readonly string[]): { values: Flags; positionals: string[] } {
  const options = Object.fromEntries(
    TABLE.map(
      ([name, option]) => [flagOf(name), { type: "string", multiple: option.repeats ?? false }] as const,
    ),
  );
  try {
    const flags = { help: { type: "boolean", short: "h" }, version: { type: "boolean" } } as const;
    const ofMove = Object.fromEntries(MOVE_FLAGS.map((flag) => [flag, { type: "string" }] as const));
    return parseArgs({
      args: [...args],
      options: { ...options, ...ofMove, ...flags },
      allowPositionals: true,
    });
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
  const names = [variableOf(name), ...(option.variable === undefined ? [] : [option.variable])];
  const found = names.find((each) => environment[each] !== undefined) ?? variableOf(name);
  return [environment[found] ?? option.fallback, found];
}

/** What `--help` prints. */
export function helpText(): string {
  const line = (left: string, right: string): string => `  ${left.padEnd(40)}${right}`;
  const words = Object.entries(WORDS).map(([word, about]) => line(word, about));
  const options = TABLE.map(([name, { value, fallback, about }]) =>
    line(`--${flagOf(name)} ${value}`, fallback === "" ? about : `${about} (${fallback})`),
  );
  return [
    "natter: a chat that starts with one command.",
    "",
    "  npm start -- --port 8080          in a clone",
    "  npm run natter -- backup FILE     another command",
    "",
    "Commands:",
    "",
    ...words,
    "",
    "Options, with their defaults. Each is an environment variable too: --ws-port is NATTER_WS_PORT.",
    "",
    ...options,
    line("--help, -h", "Show this."),
    line("--version", "Show the version."),
  ].join("\n");
}
