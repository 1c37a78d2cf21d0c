#!/usr/bin/env node
// The command: reads what is asked for, starts it, and stops it on a signal.

import { helpText, readCommand } from "./config/read.ts";
import { UsageError } from "./config/usage-error.ts";
import { start } from "./start.ts";
import { StartError } from "./start-error.ts";
import { stopOnSignals } from "./stop.ts";
import { VERSION } from "./version.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);

// Whoever read our output may leave (`npm start | head`): the chat goes on.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

try {
  const command = readCommand(process.argv.slice(2), process.env);
  switch (command.kind) {
    case "help":
      print(helpText().trimEnd());
      break;
    case "version":
      print(VERSION);
      break;
    case "serve": {
      const server = await start(command.config, { print, warn });
      stopOnSignals(server, { print, warn });
      for (const line of server.greeting) print(line);
      break;
    }
  }
} catch (error) {
  if (!(error instanceof UsageError || error instanceof StartError)) throw error;
  warn(`natter: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
