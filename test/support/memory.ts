// For tests of what is kept: in a process of their own, for what other tests allocate would be measured as well.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

/** Collects what is no longer needed; what waited to be told so goes the second time. */
export function collectGarbage(): void {
  for (let count = 0; count < 2; count++) gc();
}

/** On the heap and beside it, after what is no longer needed was collected. */
export function usedBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
