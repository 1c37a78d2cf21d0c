// For the tests of this folder only.

import type { Block, Inline } from "./tree.ts";

/** Random numbers from 0 to 1 that come the same for the same seed (mulberry32), so that a failure comes again. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What markdown is made of, what people write in between, and what strangers do. */
const PIECES: readonly string[] = [
  ..."*_`~[]()<>#-+.!|&\\:/\"'=@ \t\n0159aZéя漢",
  ...[
    "**",
    "__",
    "~~",
    "```",
    "```js\n",
    "~~~",
    "](",
    "![",
    "](http://a.example)",
    "](javascript:x)",
    "> ",
    "- ",
  ],
  ...[
    "1. ",
    "7) ",
    "# ",
    "## ",
    "---",
    "***",
    "- [x] ",
    "\n\n",
    "    ",
    "  \n",
    "\\\n",
    "\\*",
    "\\[",
    "<b>",
    "</b>",
  ],
  ...[
    "<!--",
    "-->",
    "<pre>",
    "<a href='x'>",
    "<https://c.example/d>",
    "https://e.example/f_(g)",
    "www.h.example.",
  ],
  ...[
    "|i|\n|-|\n",
    "[j]: http://k.example\n",
    "[j]",
    "&amp;",
    "&#65;",
    "snake_case_name",
    "word",
    "two words",
    "😀",
  ],
  ...[
    "\0",
    "\u001b",
    "\u202e",
    "\u200b",
    "\ud800",
    "¯\\_(ツ)_/¯",
    "===",
    " 'title')",
    "l@m.example",
    "mailto:l@m.n",
  ],
];

export function randomText(random: () => number, maxPieces = 24): string {
  const count = 1 + Math.floor(random() * maxPieces);
  return Array.from({ length: count }, () => PIECES[Math.floor(random() * PIECES.length)]).join("");
}

/** All that a tree says, in order: addresses and numbers of items among it. */
export function allOf(blocks: readonly Block[]): string {
  return blocks.map(allOfBlock).join("\n");
}

function allOfBlock(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return said(block.content);
    case "code":
      return `${block.language ?? ""}\n${block.text}`;
    case "quote":
      return allOf(block.blocks);
    case "list":
      return block.items.map((item) => `${item.value ?? ""} ${allOf(item.blocks)}`).join("\n");
    case "rule":
      return "";
  }
}

function said(content: readonly Inline[]): string {
  return content
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.kind === "code") return part.text;
      return said(part.content) + (part.kind === "link" ? ` ${part.href}` : "");
    })
    .join("");
}

/** The addresses of all links. */
export function hrefsOf(content: readonly (Block | Inline)[]): string[] {
  return content.flatMap((part) => {
    if (typeof part === "string") return [];
    const own = part.kind === "link" ? [part.href] : [];
    if ("content" in part) return [...own, ...hrefsOf(part.content)];
    if ("blocks" in part) return hrefsOf(part.blocks);
    return "items" in part ? part.items.flatMap((item) => hrefsOf(item.blocks)) : [];
  });
}
