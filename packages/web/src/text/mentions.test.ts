import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mentions, splitMentions } from "./mentions.ts";
import { randomFrom, randomText } from "./testing.ts";

const NAMES = ["Ada", "Ada Lovelace", "Guest 3", "Zoë", "c++ (dev)", "李"];

/** The names called, in order. */
function called(text: string, names: readonly string[] = NAMES): string[] {
  return splitMentions(text, names).flatMap((part) => (typeof part === "string" ? [] : [part.mention]));
}

describe("mentions", () => {
  it("are apart from the text around them, as they were typed", () => {
    assert.deepEqual(splitMentions("hi @ada, and @ZOË!", NAMES), [
      "hi ",
      { mention: "Ada", typed: "@ada" },
      ", and ",
      { mention: "Zoë", typed: "@ZOË" },
      "!",
    ]);
    assert.deepEqual(splitMentions("@Ada", NAMES), [{ mention: "Ada", typed: "@Ada" }]);
    assert.deepEqual(splitMentions("hi", NAMES), ["hi"]);
    assert.deepEqual(splitMentions("@Ada", []), ["@Ada"]);
  });

  it("mean the longest name that fits", () => {
    assert.deepEqual(called("@Ada Lovelace @Ada Lovelaces @Guest 3 @Guest 33"), [
      "Ada Lovelace",
      "Ada",
      "Guest 3",
    ]);
  });

  it("begin and end where words do", () => {
    assert.deepEqual(called("mail@ada.example @adam 3@Ada @Adä @Ada\u0308"), []);
    assert.deepEqual(called("(@ada) @ada's _@ada_ @ada@ada\n@ada"), ["Ada", "Ada", "Ada", "Ada", "Ada"]);
  });

  it("take names for what they are, whatever is in them", () => {
    assert.deepEqual(called("@C++ (dev) and @李"), ["c++ (dev)", "李"]);
    assert.deepEqual(called("@x @] @.", ["[", "]", ".", "^$", "\\", "a|b", ""]), ["]", "."]);
  });

  it("lose nothing of a text", () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const text = `${randomText(randomFrom(seed), 5)}@ada${randomText(randomFrom(-seed), 5)}`;
      const parts = splitMentions(text, ["Ada", "Ada word"]);
      assert.equal(parts.map((part) => (typeof part === "string" ? part : part.typed)).join(""), text);
    }
  });

  it("are found quickly among a hundred names", () => {
    const names = Array.from({ length: 100 }, (_, at) => `${"a".repeat(31)}${at % 10}${at}`.slice(-32));
    const text = `@${"a".repeat(30)} `.repeat(250);
    const times = [0, 0, 0, 0, 0].map(() => {
      const start = performance.now();
      splitMentions(text, names);
      return performance.now() - start;
    });
    // A machine may be busy, so the best of five counts.
    assert.ok(Math.min(...times) < 150, `${times}`);
  });

  it("tell whether somebody is called", () => {
    assert.ok(mentions("oh @ADA!", "Ada"));
    assert.ok(mentions("oh @bob", "Bob") && mentions("oh @ada", "Ada"));
    assert.ok(!mentions("ada", "Ada") && !mentions("@adam", "Ada") && !mentions("@", ""));
  });
});
