import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitsUtf8, textFault } from "./text.ts";

describe("texts", () => {
  it("S3 bytes are those of UTF-8, counted exactly at the limit", () => {
    for (const [character, size] of [
      ["a", 1],
      ["é", 2],
      ["€", 3],
      ["😀", 4],
    ] as const) {
      for (const count of [1, 5, 100, 2048]) {
        assert.equal(fitsUtf8(character.repeat(count), size * count), true, character);
        assert.equal(fitsUtf8(character.repeat(count), size * count - 1), false, character);
      }
    }
    assert.equal(fitsUtf8("", 0), true);
  });

  it("S3 every character from U+0000 to U+001F is refused, but for tab and line feed", () => {
    for (let unit = 0; unit < 0x20; unit++) {
      const expected = unit === 0x09 || unit === 0x0a ? undefined : "text_malformed";
      assert.equal(textFault(`a${String.fromCharCode(unit)}b`), expected, `U+${unit.toString(16)}`);
    }
  });

  it("S3 a server's own limit counts", () => {
    assert.equal(textFault("four", 4), undefined);
    assert.equal(textFault("fives", 4), "text_too_long");
  });
});
