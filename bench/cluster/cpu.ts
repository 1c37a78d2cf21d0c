import { readdirSync, readFileSync } from "node:fs";

/** User and system time of a process, its threads and its children, in seconds; 0 once it has ended. */
export function cpuSecondsOf(pid: number): number {
  return threadsOf(pid)
    .map((thread) => {
      const children = wordsOf(`${thread}/children`).map(Number);
      const own = Number(wordsOf(`${thread}/schedstat`)[0] ?? 0) / 1e9;
      return children.reduce((sum, child) => sum + cpuSecondsOf(child), own);
    })
    .reduce((sum, seconds) => sum + seconds, 0);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  } catch {
    return [];
  }
}

function wordsOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
