import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../support/natter.ts";

const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
const attacks = page.split("\n## Attacks")[1]!.split("\n## ")[0]!;
const rows = attacks
  .split("\n")
  .filter((line) => /^\| (?!---|attack \|)/.test(line))
  .map((line) => line.slice(2, -2).split(" | "));

describe("docs/security.md", () => {
  it("names for each attack a test that is there", () => {
    assert.ok(rows.length > 40);
    for (const [attack, outcome, test = ""] of rows) {
      if (outcome?.includes("yet")) continue;
      const [, file, title] = /^`([^`]+)`: (.+)$/.exec(test) ?? [];
      assert.ok(file !== undefined && title !== undefined, `${attack}: no test`);
      const source = readFileSync(join(ROOT, file), "utf8");
      const titles = [...source.matchAll(/\b(?:it|test)\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g)].map(
        (found) => found[2]!,
      );
      assert.ok(
        titles.some((each) => each === title || (each.includes("${") && each.includes(title))),
        `${attack}: ${file} has no test "${title}"`,
      );
    }
  });
});
