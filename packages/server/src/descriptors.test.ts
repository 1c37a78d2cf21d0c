import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { warnOfFewDescriptors } from "./descriptors.ts";
import type { Log } from "./log/log.ts";

const limits = (
  files: string,
): string => `Limit                     Soft Limit           Hard Limit           Units
Max processes             94131                94131                processes
Max open files            ${files}                 524288               files
`;

function toldOf(maxConnections: number, text: string): unknown[] {
  const told: unknown[] = [];
  const log: Log = (event, fields) => void told.push(event, fields);
  warnOfFewDescriptors(maxConnections, log, text);
  return told;
}

describe("a limit on file descriptors", () => {
  it("is told of where it is less than the connections, 256 more on each port, and a hundred files", () => {
    assert.deepEqual(toldOf(1_000, limits("1612")), []);
    const [event, fields] = toldOf(1_001, limits("1612"));
    assert.equal(event, "few_descriptors");
    assert.match(JSON.stringify(fields), /At most 1612 .* --max-connections 1001 needs 1613: .*ulimit -n/);
  });

  it("is not told of where there is none, or the system does not say", () => {
    for (const text of [limits("unlimited"), ""]) assert.deepEqual(toldOf(20_000, text), []);
  });
});
