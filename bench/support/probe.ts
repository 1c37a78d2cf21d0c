// Loaded into the server's process before it starts: at each SIGUSR2 it writes down what it saw since the last one.

import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;
const file = process.env.NATTER_PROBE;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let cpu = process.cpuUsage();
delay.enable();

process.on("SIGUSR2", () => {
  const { user, system } = process.cpuUsage(cpu);
  const longestBlockMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  delay.reset();
  cpu = process.cpuUsage();
  if (file === undefined) return;
  writeFileSync(`${file}.new`, JSON.stringify({ longestBlockMs, cpuMs: (user + system) / 1_000 }));
  renameSync(`${file}.new`, file);
});
