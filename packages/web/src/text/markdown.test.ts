import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "./markdown.ts";
import type { Block, Inline } from "./tree.ts";

const strong = (...content: Inline[]): Inline => ({ kind: "strong", content });
const emphasis = (...content: Inline[]): Inline => ({ kind: "emphasis", content });
const link = (href: string, ...content: Inline[]): Inline => ({ kind: "link", href, content });
const p = (...content: Inline[]): Block => ({ kind: "paragraph", content });
const list = (ordered: boolean, ...items: [value: number | undefined, ...Block[]][]): Block => ({
  kind: "list",
  ordered,
  items: items.map(([value, ...blocks]) => ({ value, blocks })),
});

function shows(cases: Record<string, Block[]>): void {
  for (const [text, blocks] of Object.entries(cases))
    assert.deepEqual(parse(text), blocks, JSON.stringify(text));
}

const asTyped = (...texts: string[]): void =>
  shows(Object.fromEntries(texts.map((text) => [text, [p(text)]])));

describe("a text with markup", () => {
  it("has strong, emphasized, deleted words and code", () => {
    shows({
      "so **good** and _so_ ~~bad~~": [
        p("so ", strong("good"), " and ", emphasis("so"), " ", { kind: "deleted", content: ["bad"] }),
      ],
      "`a * b` **`c`**": [p({ kind: "code", text: "a * b" }, " ", strong({ kind: "code", text: "c" }))],
    });
  });

  it("keeps its words as they are typed, whatever stands in them", () => {
    asTyped("snake_case_names", "5 * 3 * 2", "~5 to ~6", "~/here~ and ~/there", "a@b.example", ">_<", ">:(");
    asTyped("¯\\_(ツ)_/¯ and ¯\\_(ツ)_/¯", "-", "+", "1.", ">", "```", "#tag", "-1", "2 > 1", "*", "\\o/");
  });

  it("breaks where the lines did, and keeps the spaces before them", () => {
    shows({ "a\nb  \nc\\\n  d": [p("a\nb\nc\n  d")], "\n \n  a\n\n\nb\n\n": [p("  a"), p("b")] });
  });

  it("has no headings: they are strong paragraphs, and lines under a text are rules", () => {
    shows({
      "# foo\nbar": [p(strong("foo")), p("bar")],
      "###### _x_ ##": [p(strong(emphasis("x")))],
      "a\n---\nb": [p("a"), { kind: "rule" }, p("b")],
    });
    asTyped("#", "a\n===");
  });

  it("has code with its language, and what else stands behind a fence as its first line", () => {
    shows({
      "```js\nlet _a_;\n\n  b\n```\nc": [{ kind: "code", language: "js", text: "let _a_;\n\n  b" }, p("c")],
      "~~~\na": [{ kind: "code", language: undefined, text: "a" }],
      "``` see this!\na\n```": [{ kind: "code", language: undefined, text: "see this!\na" }],
    });
  });

  it("has lists with the numbers that were typed", () => {
    shows({
      "- a\n- b\n  - c": [
        list(false, [undefined, p("a")], [undefined, p("b"), list(false, [undefined, p("c")])]),
      ],
      "2. a\n5. b": [list(true, [2, p("a")], [5, p("b")])],
      "- [x] a\n- [ ] b": [list(false, [undefined, p("[x] a")], [undefined, p("[ ] b")])],
    });
    asTyped("1. a\n007. b", "-\n-");
  });

  it("ends quotes and lists where somebody answers, without a blank line between", () => {
    shows({
      "> a\n> b\nyes": [{ kind: "quote", blocks: [p("a\nb")] }, p("yes")],
      "- a\nyes": [list(false, [undefined, p("a")]), p("yes")],
    });
  });

  it("shows tags, tables, definitions and references as they were typed", () => {
    asTyped(
      "<b>hi</b>",
      "<div>\n*a*\n</div>",
      "|a|b|\n|-|-|\n|*c*|d|",
      "[a]: /b\n[a] [c][a]",
      "a <!-- b -->",
    );
    shows({ "[a]: /b\n\n**x**": [p("[a]: /b"), p(strong("x"))] });
    shows({
      "<a href='x'> http://b.example": [p("<a href='x'> ", link("http://b.example", "http://b.example"))],
    });
    shows({ "<b>*x*</b>": [p("<b>", emphasis("x"), "</b>")] });
  });

  it("resolves the entities that people type, and escapes", () => {
    shows({
      "&amp; &lt;b&gt; &#8594; &#x2192; &frobnicate; AT&T": [p("& <b> → → &frobnicate; AT&T")],
      "\\*a\\* \\&amp; `&amp;`": [p("*a* &amp; ", { kind: "code", text: "&amp;" })],
    });
  });

  it("makes links of addresses, and leaves the sentence's punctuation out of them", () => {
    const [a, b] = ["https://a.example/b_(c)", "http://x.example/y?z=1&amp=2#_q"];
    shows({
      [`see ${a}, or (${b}).`]: [p("see ", link(a, a), ", or (", link(b, b), ").")],
      "<https://ok.example>!": [p(link("https://ok.example", "https://ok.example"), "!")],
      "**www.a.example**": [p(strong(link("http://www.a.example", "www.a.example")))],
      "[so _it_ is](http://a.example/&amp;)": [p(link("http://a.example/&", "so ", emphasis("it"), " is"))],
      "[](http://a.example)": [p(link("http://a.example", "http://a.example"))],
    });
    asTyped("http://", "www.", "xhttp://a.example", "http://.", "ftp://a.example");
  });

  it("shows pictures as links, for a page that fetches them tells who reads", () => {
    shows({
      "![a cat](https://a.example/b.png)": [p(link("https://a.example/b.png", "a cat"))],
      "![](https://a.example/b.png)": [p(link("https://a.example/b.png", "https://a.example/b.png"))],
    });
    asTyped("[![a](http://b.example)](http://c.example)", "![a](/b.png)");
  });
});
