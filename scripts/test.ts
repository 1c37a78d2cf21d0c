// `npm test`: format, lint and types first, for they are quick to tell; then every test.
// `npm test -- hub close` runs only the test files whose path contains one of the words.

import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Two at a time: the machines that run the tests have two cores. */
const FILES_AT_ONCE = 2;

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const words = process.argv.slice(2);
const files = globSync(["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"])
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();

// node --test takes "no such file" for success.
if (files.length === 0) stop(`No test file matches: ${words.join(" ")}`);

if (words.length === 0) {
  run("Format and lint", "node_modules/.bin/biome", ["ci", "--error-on-warnings", "."]);
  run("Types", "node_modules/.bin/tsc", []);
  run("Types of the page", "node_modules/.bin/tsc", ["-p", "packages/web"]);
}
run(`Tests (${files.length} files)`, process.execPath, [
  "--test",
  `--test-concurrency=${FILES_AT_ONCE}`,
  "--test-timeout=120000",
  ...files,
]);

function run(title: string, command: string, args: string[]): void {
  process.stdout.write(`\n── ${title}\n`);
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) stop(`\n── ${title}: failed`);
}

function stop(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
