import assert from "node:assert/strict";
import { it } from "node:test";
import type { Connection } from "../ports.ts";
import { Intake } from "./intake.ts";
import { TaskQueue } from "./task-queue.ts";

const KIB = 1_024;

it("P7 a request waits until what waits for its client is taken: 256 KiB, or less where less may wait", async () => {
  for (const [mayWaitBytes, bound] of [
    [1_024 * KIB, 256 * KIB],
    [16 * KIB, 16 * KIB],
  ] as const) {
    for (const waitingBytes of [bound, bound + 1]) {
      let taken: (() => void) | undefined;
      const whenDrained = (callback: () => void): void => {
        taken = callback;
      };
      const connection = { waitingBytes, mayWaitBytes, whenDrained, pause: () => {}, resume: () => {} };
      const queue = new TaskQueue(connection as Connection, new Intake(connection as Connection));
      const done: string[] = [];
      queue.add(async () => void done.push("a page"));
      queue.add(async () => void done.push("another"));
      await new Promise(setImmediate);
      assert.equal(done.length, waitingBytes > bound ? 1 : 2);
      taken?.();
      assert.deepEqual(done, ["a page", "another"]);
    }
  }
});
