import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
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

/** Keeps the raw figures, with the day and the machine. */
export async function keep(name: string, figures: unknown): Promise<void> {
  const folder = fileURLToPath(new URL("../results/", import.meta.url));
  await mkdir(folder, { recursive: true });
  const day = new Date().toISOString().slice(0, 10);
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const text = JSON.stringify({ name, day, machine, figures }, undefined, 2);
  await writeFile(`${folder}${day}-${name}.json`, `${text}\n`);
}
