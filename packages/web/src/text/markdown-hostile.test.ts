import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENTITY } from "./entities.ts";
import { parse } from "./markdown.ts";
import { cleaned, needsMarkdown, trimmed } from "./plain.ts";
import { allOf, hrefsOf, randomFrom, randomText } from "./testing.ts";

const SEEDS = 5_000;
/** The longest text there is. */
const MAX_BYTES = 8_192;

const isTyped = (text: string): void =>
  assert.deepEqual(parse(text), [{ kind: "paragraph", content: [text] }]);

describe("a text by somebody who means harm", () => {
  it("is shown as typed where a link would lead elsewhere than to the web", () => {
    isTyped("[x](javascript:alert(1))");
    isTyped("[x](  JaVaScRiPt:alert(1))");
    isTyped("[x](data:text/html,<svg/onload=alert(1)>)");
    isTyped(
      "[x](vbscript:x) ![x](file:///etc/passwd) [x](//evil.example) [x](/r/team) [x](mailto:a@b.example)",
    );
    isTyped("<javascript:alert(1)> <data:x,y> <a@b.example>");
    isTyped("[x](java&#115;cript:alert(1))");
  });

  it("is shown as typed where a scheme or an address has control characters in it", () => {
    for (const control of ["\t", "\n", "\0", "\u0001", "\u0085", "&#9;", "&#10;", "&#0;", "&#13;"]) {
      const text = `[x](java${control}script:alert(1)) [y](${control}javascript:z) [z](ht${control}tp://a.example)`;
      assert.deepEqual(hrefsOf(parse(text)), [], JSON.stringify(control));
    }
    assert.deepEqual(hrefsOf(parse("[x](http://a.example/&#10;b)")), []);
  });

  it("has no elements but ours, whatever tags it has", () => {
    isTyped('<svg onload="alert(1)">');
    isTyped("<img src=x onerror=alert(1)>\n<script>alert(1)</script>");
    isTyped("<iframe srcdoc='&lt;script&gt;'></iframe>");
  });

  it("cannot show one address and lead to another", () => {
    isTyped("[https://bank.example](https://evil.example)");
    isTyped("[www.bank.example/in](https://evil.example)");
    isTyped("[x](https://evil.example 'a title')");
    assert.deepEqual(hrefsOf(parse("[https://a.example/b](https://www.a.example/c)")), [
      "https://www.a.example/c",
    ]);
  });

  it("cannot turn an address around", () => {
    for (const turn of ["\u202e", "\u2066", "\u200f"]) {
      assert.deepEqual(hrefsOf(parse(`https://a.example/${turn}gpj.exe [x](https://b.example/${turn})`)), []);
    }
    assert.deepEqual(hrefsOf(parse("[x](https://b.example/&#8238;gpj.exe)")), []);
  });

  it("shows what cannot be seen", () => {
    assert.equal(allOf(parse("**a\0b** \u001b[31m \ud800 &#7;")), "a␀b ␛[31m \ufffd ␇");
  });

  it("costs little, however it is nested or left open, and does not fill the stack", () => {
    for (const [name, text] of worst()) {
      const times = [0, 0, 0, 0, 0].map(() => {
        const start = performance.now();
        parse(text);
        return performance.now() - start;
      });
      // Some 20 ms at most; 650 ms and more without the bounds. A machine may be busy, so the best of five counts.
      assert.ok(Math.min(...times) < 150, `${JSON.stringify(name)} took ${Math.min(...times)} ms`);
    }
  });

  it("is one plain paragraph where it is nested too deep, and formatted up to there", () => {
    isTyped(`${"> ".repeat(40)}a`);
    isTyped(`${"- ".repeat(4_000)}a`);
    assert.equal(parse(`${"> ".repeat(15)}a`)[0]!.kind, "quote");
  });
});

describe("a random text", () => {
  it("loses no letter and no digit, in the order in which they were typed", () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const text = randomText(randomFrom(seed));
      const missing = firstMissing(
        lettersOf(cleaned(text).replace(ENTITY, "")),
        lettersOf(allOf(parse(text))),
      );
      assert.equal(missing, undefined, `seed ${seed}: ${JSON.stringify(text)}`);
    }
  });

  it("links to the web only", () => {
    let links = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      for (const href of hrefsOf(parse(randomText(randomFrom(seed))))) {
        assert.match(new URL(href).protocol, /^https?:$/, `seed ${seed}`);
        links++;
      }
    }
    assert.ok(links > 1_000);
  });

  it("looks as it does without being parsed where needsMarkdown says so", () => {
    let plain = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const text = trimmed(cleaned(randomText(randomFrom(seed), 6)));
      if (needsMarkdown(text)) continue;
      plain++;
      const blocks = parse(text);
      assert.ok(
        blocks.every(({ kind }) => kind === "paragraph"),
        `seed ${seed}: ${JSON.stringify(text)}`,
      );
      const seen = (of: string): string => of.replace(/\s+/g, " ");
      assert.equal(seen(allOf(blocks)), seen(text), `seed ${seed}: ${JSON.stringify(text)}`);
    }
    assert.ok(plain > 500);
  });
});

function lettersOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]/gu) ?? [];
}

/** The first of `wanted` that does not come in `found` behind the one before. */
function firstMissing(wanted: readonly string[], found: readonly string[]): string | undefined {
  let at = 0;
  for (const letter of wanted) {
    while (at < found.length && found[at] !== letter) at++;
    if (at++ >= found.length) return letter;
  }
  return undefined;
}

function* worst(): Generator<[name: string, text: string]> {
  const repeated = [
    ">",
    "*",
    "_",
    "~",
    "[",
    "]",
    "`",
    "<",
    "(",
    "&",
    "\\",
    "#",
    "!",
    "|",
    "-",
    " \n",
    "\n> \n",
    "> ",
    "- ",
  ];
  repeated.push(
    "1. ",
    "> - ",
    "_a*",
    "*a_",
    "**a",
    "~~a",
    "*_",
    "![",
    "[](",
    "[a](<",
    "[`",
    "<a ",
    "<!--",
    "&#1;",
    "a@",
    "a.",
  );
  repeated.push(
    "http://",
    "www.a.",
    "|a|\n|-|\n",
    "[a]:b\n",
    "- a\n",
    "-\n",
    "a\n=",
    "``` `",
    "``",
    "\u00a0\n",
    "> - - a\n",
  );
  for (const piece of repeated) yield [piece, piece.repeat(MAX_BYTES / piece.length)];
  for (const [open, close] of [
    ["[", "]"],
    ["(", ")"],
    ["*a ", "*"],
    ["**a ", "**"],
    ["_a ", "_"],
    ["~~a ", "~~"],
    ["[", "](b)"],
  ]) {
    const times = MAX_BYTES / (open!.length + close!.length);
    yield [`${open}…${close}`, `${open!.repeat(times)}x${close!.repeat(times)}`];
  }
  yield ["a URL of brackets", `http://a.example/${"()".repeat(4_000)}`];
  yield ["a URL of punctuation", `http://a.example/${"!)".repeat(4_000)}`];
  yield ["spaces in a word", `a${" ".repeat(MAX_BYTES - 2)}b`];
  yield ["stairs of lists", Array.from({ length: 120 }, (_, at) => `${" ".repeat(at)}- a`).join("\n")];
  yield [
    "random",
    Array.from({ length: 400 }, (_, seed) => randomText(randomFrom(seed)))
      .join("")
      .slice(0, MAX_BYTES),
  ];
}
