import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release, type } from "node:os";
import { fileURLToPath } from "node:url";

/** A quantile of numbers that are sorted in place. */
export function quantile(values: number[], part: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile([...values], 0.5);
}

/** The least and the most. */
export function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints rows as a table in Markdown. */
export function printTable(rows: readonly Record<string, string | number>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  print(`| ${columns.join(" | ")} |`);
  print(`| ${columns.map(() => "---").join(" | ")} |`);
  for (const row of rows) print(`| ${columns.map((column) => row[column]).join(" | ")} |`);
}

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));

/** Where the figures of today and of this machine are kept. */
export function resultsFile(name: string): string {
  const cpu = (cpus()[0]?.model ?? "").replaceAll(/\(.*?\)|processor|cpu|@.*/gi, "");
  const machine = cpu.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `${RESULTS}${[new Date().toISOString().slice(0, 10), name, ...machine].join("-")}.json`;
}

/** Keeps the raw figures, with the day and the machine. */
export async function keep(name: string, figures: unknown): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  const os = `${type()} ${release()}`;
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, os, node: process.version };
  const text = JSON.stringify({ name, day, machine, figures }, undefined, 2);
  await writeFile(resultsFile(name), `${text}\n`);
}
