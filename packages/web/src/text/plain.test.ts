import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOnlyEmoji } from "./only-emoji.ts";
import { cleaned, isBlank, needsMarkdown, trimmed } from "./plain.ts";
import { randomFrom, randomText } from "./testing.ts";

describe("a text as it came", () => {
  it("shows control characters as their pictures, and keeps tabs and line breaks", () => {
    assert.equal(cleaned("a\0b\tc\nd\re\r\nf\u001b[1m\u007f"), "a␀b\tc\nd\ne\nf␛[1m␡");
    assert.equal(cleaned("\u0080\u009f"), "\ufffd\ufffd");
  });

  it("has no half surrogate pairs, and keeps whole ones", () => {
    assert.equal(cleaned("\ud800a\udfff 😀"), "\ufffda\ufffd 😀");
  });

  it("has no piles of marks, and keeps those that languages have", () => {
    assert.equal(cleaned(`z${"\u0335".repeat(50)}a`), `z${"\u0335".repeat(6)}a`);
    for (const word of ["Việt", "ក្រុម", "ပြည်ထောင်စု", "👩🏽‍❤️‍💋‍👨🏿", "ﷺ"]) {
      assert.equal(cleaned(word.normalize("NFD")), word.normalize("NFD"));
    }
  });

  it("changes no more when it is cleaned again", () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const once = cleaned(randomText(randomFrom(seed)));
      assert.equal(cleaned(once), once, `seed ${seed}`);
    }
  });

  it("is trimmed of blank lines, but not of what stands before its first word", () => {
    assert.equal(trimmed(" \n\t\n  a\n\nb \n "), "  a\n\nb");
    assert.equal(trimmed(" \n "), "");
  });

  it("is blank where nothing of it can be seen", () => {
    for (const text of ["", " \n", "\u200b\u2060", "\u3164", "\u2800", "\ufe0f"]) assert.ok(isBlank(text));
    for (const text of ["a", ".", "😀", cleaned("\0")]) assert.ok(!isBlank(text));
  });

  it("needs no parser for the lines that people mostly write", () => {
    const lines = [
      "hi",
      "Are you there?",
      "I'd say (maybe) yes: 10:30!",
      "1.5 is > 1",
      "a\n\nb",
      "#tag",
      "😀",
      "-1",
      "C# + D",
    ];
    for (const line of lines) assert.ok(!needsMarkdown(line), line);
  });

  it("needs one for whatever may be markup", () => {
    const texts = [
      "*a*",
      "a_b",
      "`a`",
      "~~a~~",
      "[a](b)",
      "see http://a.example",
      "WWW.a.example",
      "\\.",
      "&amp;",
      "a\\\nb",
    ];
    texts.push("# a", "a\n> b", "- a", "+ a", "a\n  7) b", "---", "#", "&#65;");
    for (const text of texts) assert.ok(needsMarkdown(text), text);
  });
});

describe("nothing but emoji", () => {
  it("is one to three of them, with or without spaces", () => {
    for (const text of ["😀", "😀😀😀", " 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿\n❤️ ", "👍🏽", "🇩🇪🇫🇷", "1️⃣"])
      assert.ok(isOnlyEmoji(text), text);
  });

  it("is not a text, not a digit, not four, and not very many", () => {
    for (const text of ["", " ", "1", "#", "😀😀😀😀", "😀 a", "🏽a", "\u200d", "😀".repeat(4_000)]) {
      assert.ok(!isOnlyEmoji(text), text);
    }
  });
});
