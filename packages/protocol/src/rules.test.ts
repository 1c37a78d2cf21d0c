import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

/** To be turned on once the tests of server and client cite theirs: from then on every rule needs a test. */
const EVERY_RULE_NEEDS_A_TEST: boolean = false;

/** Promised later, or told to clients of whose code no test of ours can know. */
const NEEDS_NO_TEST = ["P8"];

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
  const files = globSync(["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"], {
    cwd: root,
  });
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
      const untested = defined.filter((rule) => !cited.has(rule) && !NEEDS_NO_TEST.includes(rule));
      assert.deepEqual(untested, []);
    });
  }
});
