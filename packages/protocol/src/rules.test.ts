import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

/** A rule without a test is a wish. */
const EVERY_RULE_NEEDS_A_TEST: boolean = true;

/** Promised later, or told to clients of whose code no test of ours can know. */
const NEEDS_NO_TEST = ["P8"];

/** What shows only where the store fails, which the simulation makes it do: it keeps S10 by keeping P3, P4 and P6. */
const KEPT_BY_THE_SIMULATION: readonly string[] = ["S10"];

const EXCUSED = KEPT_BY_THE_SIMULATION;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const defined = [...read("docs/protocol.md").matchAll(/^- \*\*([A-Z]\d+)\*\* /gm)].map(
  (match) => match[1] ?? "",
);
const letters = [...new Set(defined.map((rule) => rule.charAt(0)))].join("");
const cited = citations();

function read(path: string): string {
  return readFileSync(root + path, "utf8");
}

/** Each rule that the title of a test names, and the files that do. */
function citations(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const tests = ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"];
  // The conformance suite is run by a test, and by hand against any server.
  const files = globSync([...tests, "test/conformance/*.ts"], { cwd: root });
  const title = /\b(?:describe|it|test)(?:\.\w+)?\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g;
  for (const file of files) {
    const titles = [...read(file).matchAll(title)].map((match) => match[2] ?? "");
    for (const [rule] of titles.join("\n").matchAll(new RegExp(`\\b[${letters}][1-9]\\d?\\b`, "g"))) {
      found.set(rule, [...(found.get(rule) ?? []), file]);
    }
  }
  for (const file of ["client-frames.json", "server-frames.json"]) {
    const path = `packages/protocol/vectors/${file}`;
    for (const [, rule = ""] of read(path).matchAll(/"rule": "([^"]*)"/g)) found.set(rule, [path]);
  }
  return found;
}

describe("rules of docs/protocol.md", () => {
  it("are each defined once, and numbered from 1 without gaps", () => {
    for (const letter of letters) {
      const own = defined.filter((rule) => rule.startsWith(letter));
      assert.deepEqual(
        own,
        own.map((_, index) => `${letter}${index + 1}`),
      );
    }
    assert.ok(defined.length > 50);
  });

  it("are there when a test, a vector or the docs themselves cite them", () => {
    const unknown = [...cited].filter(([rule]) => !defined.includes(rule));
    assert.deepEqual(unknown, []);
    for (const page of ["docs/protocol.md", "docs/errors.md"]) {
      for (const [, rule = ""] of read(page).matchAll(/[(*]([A-Z][1-9]\d?)[)*]/g)) {
        assert.ok(defined.includes(rule), `${page} cites ${rule}`);
      }
    }
  });

  if (EVERY_RULE_NEEDS_A_TEST) {
    it("have a test each", () => {
      const excused = [...NEEDS_NO_TEST, ...EXCUSED];
      const untested = defined.filter((rule) => !cited.has(rule) && !excused.includes(rule));
      assert.deepEqual(untested, []);
    });

    it("are excused only as long as they have none", () => {
      assert.deepEqual(
        EXCUSED.filter((rule) => cited.has(rule) || !defined.includes(rule)),
        [],
      );
    });
  }
});
