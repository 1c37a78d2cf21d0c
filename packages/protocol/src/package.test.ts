import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const sources = globSync("*.ts", { cwd: here }).filter((file) => !/test(ing)?\.ts$/.test(file));

describe("the package", () => {
  it("imports nothing but itself and valibot, so that browsers can have it", () => {
    assert.ok(sources.length > 10);
    for (const file of sources) {
      const source = readFileSync(here + file, "utf8");
      for (const [, from] of source.matchAll(/^(?:import|export|\}).*from "([^"]*)";$/gm)) {
        assert.match(from ?? "", /^(\.\/[a-z-]+\.ts|valibot)$/, file);
      }
      assert.doesNotMatch(
        source.replace(/\/\/.*|\/?\*.*/g, ""),
        /\b(Buffer|process|require|subtle|randomUUID)\b/,
        file,
      );
    }
  });

  it("leaves what tests use out of its exports", () => {
    assert.doesNotMatch(readFileSync(`${here}index.ts`, "utf8"), /testing/);
  });
});
