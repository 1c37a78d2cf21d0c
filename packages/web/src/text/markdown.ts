import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { ChatTokenizer } from "./chat-tokenizer.ts";
import { decoded } from "./entities.ts";
import { httpHref, misleads } from "./links.ts";
import { cleaned, isBlank, trimmed } from "./plain.ts";
import { type Block, type Inline, type Item, textOf } from "./tree.ts";

/**
 * How a text is shown. Nothing of it is lost: what is not formatted stands there as it was typed. Never throws; a text
 * that would take long is one plain paragraph. Comes with marked, so it is loaded by parser.ts when it is needed.
 */
export function parse(text: string): Block[] {
  const shown = trimmed(cleaned(text));
  try {
    return blocks(lexer().lex(shown));
  } catch {
    return [typed(shown)];
  }
}

function lexer(): Lexer {
  const made = new Lexer({ gfm: true, breaks: true, tokenizer: new ChatTokenizer() });
  // There are no references: without this it looks for them all the same, for 50 ms in 8 KiB of `\[`.
  (made.tokens as { links?: unknown }).links = undefined;
  return made;
}

function typed(raw: string): Block {
  return { kind: "paragraph", content: [trimmed(raw)] };
}

function blocks(tokens: readonly Token[]): Block[] {
  const found: Block[] = [];
  let checkbox = "";
  for (const token of tokens as MarkedToken[]) {
    if (token.type === "checkbox") checkbox = token.raw;
    else if (token.type !== "space") {
      const block = blockOf(token);
      found.push(
        block.kind === "paragraph" ? { ...block, content: joined([checkbox, ...block.content]) } : block,
      );
      checkbox = "";
    }
  }
  return found;
}

function blockOf(token: MarkedToken): Block {
  switch (token.type) {
    case "paragraph":
    case "text":
      return { kind: "paragraph", content: inlines(token.tokens ?? []) };
    case "heading": {
      const content = inlines(token.tokens);
      return content.length === 0
        ? typed(token.raw)
        : { kind: "paragraph", content: [{ kind: "strong", content }] };
    }
    case "code":
      return codeOf(token);
    case "hr":
      return { kind: "rule" };
    case "blockquote": {
      const quoted = blocks(token.tokens);
      return quoted.every(isEmpty) ? typed(token.raw) : { kind: "quote", blocks: quoted };
    }
    case "list":
      return listOf(token);
    default:
      // HTML and tables, and what a later marked may know.
      return typed(token.raw);
  }
}

/** What stands behind the fence is a language, or else the first line: ```` ```hello ```` is said, too. */
function codeOf({ lang, text, raw }: Tokens.Code): Block {
  if (isBlank(text)) return typed(raw);
  if (lang === undefined || lang === "") return { kind: "code", language: undefined, text };
  if (/^[\w+#.-]{1,24}$/.test(lang)) return { kind: "code", language: lang, text };
  return { kind: "code", language: undefined, text: `${lang}\n${text}` };
}

function listOf({ items, ordered, raw }: Tokens.List): Block {
  const found: Item[] = [];
  for (const item of items) {
    const number = ordered ? /\d+/.exec(item.raw)![0] : undefined;
    // A page would show 007 as 7.
    if (number !== undefined && String(Number(number)) !== number) return typed(raw);
    found.push({ value: number === undefined ? undefined : Number(number), blocks: blocks(item.tokens) });
  }
  // Somebody who says "-" says that, and no list.
  if (found.every((item) => item.blocks.every(isEmpty))) return typed(raw);
  return { kind: "list", ordered, items: found };
}

function isEmpty(block: Block): boolean {
  return block.kind === "paragraph" && isBlank(textOf(block.content));
}

function inlines(tokens: readonly Token[], inLink = false): Inline[] {
  return joined((tokens as MarkedToken[]).flatMap((token) => inlineOf(token, inLink)));
}

function inlineOf(token: MarkedToken, inLink: boolean): Inline | Inline[] {
  switch (token.type) {
    case "text":
      return decoded(token.text);
    case "escape":
      return token.text;
    case "br":
      return "\n";
    case "codespan":
      return { kind: "code", text: token.text };
    case "strong":
      return { kind: "strong", content: inlines(token.tokens, inLink) };
    case "em":
      return { kind: "emphasis", content: inlines(token.tokens, inLink) };
    case "del":
      return { kind: "deleted", content: inlines(token.tokens, inLink) };
    case "link":
    case "image":
      return inLink ? token.raw : linkOf(token);
    default:
      return token.raw;
  }
}

/** Images are links, too: a page that fetches them tells a stranger who reads. A title would not be seen. */
function linkOf(token: Tokens.Link | Tokens.Image): Inline {
  const isAuto = token.type === "link" && token.autolink === true;
  const href = httpHref(isAuto ? token.href : decoded(token.href));
  if (href === undefined || token.title) return token.raw;
  if (isAuto) return { kind: "link", href, content: [token.text] };
  const content = inlines(token.tokens, true);
  const label = textOf(content);
  if (misleads(label, href)) return token.raw;
  return { kind: "link", href, content: isBlank(label) ? [href] : content };
}

/** Strings beside each other made one. */
function joined(content: readonly Inline[]): Inline[] {
  const found: Inline[] = [];
  for (const part of content) {
    const last = found.at(-1);
    if (typeof part === "string" && typeof last === "string") found[found.length - 1] = last + part;
    else if (part !== "") found.push(part);
  }
  return found;
}
