// What the data lies on, without which no figure of a commit means anything.

import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchError } from "../fanout/bench-error.ts";
import { median } from "../support/report.ts";

const SYNCS = 100;
const PAGE = Buffer.alloc(8192, 1);
const IN_MEMORY = ["tmpfs", "ramfs"];

export type Disk = { readonly device: string; readonly fileSystem: string; readonly syncMs: number };

/** @throws {BenchError} where it is memory */
export function disk(folder = process.env.BENCH_DIR ?? tmpdir()): Disk {
  const { stdout } = spawnSync("df", ["--output=source,fstype", folder], { encoding: "utf8" });
  const [device = "?", fileSystem = "?"] = stdout.trim().split("\n").at(-1)!.split(/\s+/);
  if (IN_MEMORY.includes(fileSystem))
    throw new BenchError(`${folder} is in memory: name a folder on a disk with BENCH_DIR.`);
  return { device, fileSystem, syncMs: syncMs(join(folder, `natter-bench-sync-${process.pid}`)) };
}

/** A page of 8 KiB, as PostgreSQL writes at least, onto the disk. */
function syncMs(path: string): number {
  const file = openSync(path, "w");
  try {
    const took = Array.from({ length: SYNCS }, () => {
      const before = performance.now();
      writeSync(file, PAGE);
      fdatasyncSync(file);
      return performance.now() - before;
    });
    return median(took);
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
