import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadParser, parsed, parser } from "./parser.ts";
import type { Block } from "./tree.ts";

describe("the parser", () => {
  it("comes when it is asked for, once", async () => {
    assert.equal(parser.peek(), undefined);
    const [one, other] = [loadParser(), loadParser()];
    assert.equal(one, other);
    await one;
    assert.deepEqual(parser.value?.("a"), [{ kind: "paragraph", content: ["a"] }]);
  });

  it("parses a text once, for as long as it is among the last that were shown", () => {
    const texts: string[] = [];
    const parse = (text: string): Block[] => {
      texts.push(text);
      return [{ kind: "rule" }];
    };
    const first = parsed("first", parse);
    for (let at = 0; at < 2_000; at++) {
      parsed(`${at}`, parse);
      assert.equal(parsed("first", parse), first);
    }
    assert.equal(texts.length, 2_001);
    parsed("0", parse);
    assert.equal(texts.length, 2_002, "what was not shown for long is forgotten");
  });
});
