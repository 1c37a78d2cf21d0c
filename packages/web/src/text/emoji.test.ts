import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gemoji } from "gemoji";
import { emojiNamed, findEmoji, replaceClosed } from "./emoji.ts";

describe("emoji", () => {
  it("are found by name first, then by the beginning of a name, then by what they are about", () => {
    assert.deepEqual(findEmoji("tada")[0], { emoji: "🎉", name: "tada" });
    assert.deepEqual(findEmoji("smile", 1), [{ emoji: "😄", name: "smile" }]);
    assert.equal(findEmoji("+1")[0]!.emoji, "👍");
    assert.ok(findEmoji("party").some(({ emoji }) => emoji === "🎉"));
    assert.ok(findEmoji("SM").every(({ name }) => name.startsWith("sm")));
  });

  it("come once each, and no more than asked for", () => {
    const found = findEmoji("heart", 30);
    assert.equal(found.length, 30);
    assert.equal(new Set(found.map(({ emoji }) => emoji)).size, 30);
    assert.deepEqual(findEmoji("qqqq"), []);
    assert.equal(findEmoji("sm").length, 8);
  });

  it("have names, and what objects are born with is none", () => {
    assert.equal(emojiNamed("tada"), "🎉");
    assert.equal(emojiNamed("constructor"), undefined);
    for (const { emoji, names } of gemoji) for (const name of names) assert.equal(emojiNamed(name), emoji);
  });

  it("take the place of their name when its second colon is typed", () => {
    assert.deepEqual(replaceClosed("so :tada: you", 9), { text: "so 🎉 you", caret: 5 });
    assert.deepEqual(replaceClosed(":+1:", 4), { text: "👍", caret: 2 });
    const long = "a ".repeat(3_000);
    assert.deepEqual(replaceClosed(`${long}:tada:`, 6_006), { text: `${long}🎉`, caret: 6_002 });
  });

  it("do not in words, addresses and times, nor where there is none of that name", () => {
    for (const text of [
      "a:tada:",
      "http://:tada:",
      "10:30:",
      ":nobody:",
      "::",
      ":tada",
      "x::tada:",
      ":ta da:",
    ]) {
      assert.equal(replaceClosed(text, text.length), undefined, text);
    }
  });
});
