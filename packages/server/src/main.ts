#!/usr/bin/env node
// The command: reads what is asked for, starts it, and stops it on a signal.

import { helpText, readCommand } from "./config/read.ts";
import { UsageError } from "./config/usage-error.ts";
import { createLog, stackOf } from "./log/log.ts";
import { start } from "./start.ts";
import { StartError } from "./start-error.ts";
import { reloadOnSignal, stopOnSignals } from "./stop.ts";
import { StoreError } from "./store/errors.ts";
import { move } from "./store/move/move.ts";
import { backup, restore } from "./store/sqlite/backup.ts";
import { check } from "./store/sqlite/check.ts";
import { VERSION } from "./version.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

// Whoever read our output may leave (`npm start | head`): the chat goes on.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

try {
  const command = readCommand(process.argv.slice(2), process.env);
  switch (command.kind) {
    case "help":
      print(helpText());
      break;
    case "version":
      print(VERSION);
      break;
    case "serve": {
      const log = createLog(command.config.logLevel, process.stderr);
      process.on("uncaughtExceptionMonitor", (error) => log("crashed", { error: stackOf(error) }));
      const server = await start(command.config, { print, log });
      stopOnSignals(server, { print, log });
      reloadOnSignal(server);
      for (const line of server.greeting) print(line);
      break;
    }
    case "backup":
      await backup(command.config.data, command.file);
      print(`The data is in ${command.file}.`);
      break;
    case "restore":
      await restore(command.file, command.config.data);
      print(`${command.config.data} is made from ${command.file}. Start natter to serve it.`);
      break;
    case "move": {
      const { place, rooms, events, isOld } = await move(command);
      if (isOld) print(`The data was moved to PostgreSQL at ${place} before: nothing was left to do.`);
      else
        print(
          `${rooms} rooms with ${events} messages are in PostgreSQL at ${place} now. Start natter with --database-url.`,
        );
      break;
    }
    case "check": {
      const { ok, verdict } = await check(command.config.data);
      print(verdict);
      if (!ok) process.exitCode = 1;
      break;
    }
  }
} catch (error) {
  const isExpected = [UsageError, StartError, StoreError].some((kind) => error instanceof kind);
  if (!isExpected || !(error instanceof Error)) throw error;
  process.stderr.write(`natter: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
