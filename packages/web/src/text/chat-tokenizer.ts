import { Tokenizer, type Tokens } from "marked";
import { hrefOf, urlAt } from "./links.ts";

/** Quotes, lists and emphasis in each other, more of which nobody reads, and which cost the stack. */
const MAX_DEPTH = 20;

/**
 * Characters that rules which look all the way ahead have gone over in vain, and those they took. 8 KiB of `_a*` would be
 * 20 million, most of a second; this many take some 20 ms. What a person writes is some ten thousand.
 */
const MAX_WORK = 300_000;

const QUOTE_START = /^ {0,3}>(?:[\s>\p{L}]|$)/u;
const QUOTE_LINES = /^(?: {0,3}>[^\n]*(?:\n|$))+/;
const LIST_START = /^ {0,3}(?:[*+-]|\d{1,9}[.)])(?:[ \t\n]|$)/;
/** A line that is neither of the list nor indented. */
const LIST_END = /\n(?!(?:[*+-]|\d{1,9}[.)])(?:\s|$))\S/;
const TABLE_START = /^[^\n]+\n {0,3}[|:-][-|: ]*(?:\n|$)/;

/** Up to where one of the other rules may begin. The `¯\_(ツ)_/¯` of the wild has no escapes in it. */
const TEXT =
  /^(?:¯\\_\(ツ\)_\/¯|`+|~+|[\s\S])[\s\S]*?(?=[\\<`*~[]|!\[|(?<!\w)_|(?<! ) *\n|¯\\_|(?<![\p{L}\p{N}])(?:https?:\/\/|www\.)|$)/iu;

/** Markdown as a chat has it: what CommonMark does to whole documents is left out, and the work is bounded. */
export class ChatTokenizer extends Tokenizer {
  #depth = 0;
  #work = 0;

  /** Four spaces are as often an accident as code; they are kept, and fences are for code. */
  override code(): undefined {}

  /** A line of `---` below another is a rule below it. */
  override lheading(): undefined {}

  /** What is defined elsewhere in a text would vanish there: definitions and references are shown as typed. */
  override def(): undefined {}

  override reflink(): undefined {}

  /** Without the lines that follow and have no `>`: there somebody answers. `>_<` and `>:(` are no quotes. */
  override blockquote(src: string): Tokens.Blockquote | undefined {
    if (!QUOTE_START.test(src)) return undefined;
    const lines = QUOTE_LINES.exec(src)![0];
    return this.#bounded(lines, () => super.blockquote(lines));
  }

  /** Without the unindented lines that follow. */
  override list(src: string): Tokens.List | undefined {
    if (!LIST_START.test(src)) return undefined;
    const end = src.search(LIST_END);
    const lines = end < 0 ? src : src.slice(0, end + 1);
    return this.#bounded(lines, () => super.list(lines));
  }

  override link(src: string): Tokens.Link | Tokens.Image | undefined {
    if (!this.lexer.state.linkParenPossible || !/^!?\[/.test(src)) return undefined;
    return this.#bounded(src, () => super.link(src));
  }

  override emStrong(src: string, masked: string, before?: string): Tokens.Em | Tokens.Strong | undefined {
    if (!/^(?:\*+[^\s*]|_+[^\s_])/.test(src)) return undefined;
    return this.#bounded(src, () => super.emStrong(src, masked, before));
  }

  /** `~~so~~` only: `~` alone is "about", and home. */
  override del(src: string, masked: string, before?: string): Tokens.Del | undefined {
    if (!src.startsWith("~~")) return undefined;
    return this.#bounded(src, () => super.del(src, masked, before));
  }

  /** Tags are shown, so what stands between two of them is as good as anywhere else. */
  override tag(src: string): Tokens.Tag | undefined {
    const { inLink, inRawBlock } = this.lexer.state;
    const tag = super.tag(src);
    Object.assign(this.lexer.state, { inLink, inRawBlock });
    return tag;
  }

  /** The spaces of the next line stay. */
  override br(src: string): Tokens.Br | undefined {
    const raw = /^(?: *|\\)\n/.exec(src)?.[0];
    return raw === undefined ? undefined : { type: "br", raw };
  }

  override url(src: string): Tokens.Link | undefined {
    if (!/^(?:https?:|www\.)/i.test(src)) return undefined;
    return this.#bounded<Tokens.Link>(src, () => {
      const raw = urlAt(src);
      if (raw === undefined) return undefined;
      return { type: "link", raw, text: raw, href: hrefOf(raw), autolink: true, tokens: [] };
    });
  }

  /** Its cells are not looked into: it is shown as typed. */
  override table(src: string): Tokens.Table | undefined {
    if (!TABLE_START.test(src)) return undefined;
    const queued = this.lexer.inlineQueue.length;
    const table = this.#bounded(src, () => super.table(src));
    this.lexer.inlineQueue.length = queued;
    return table;
  }

  /** Without marked's look ahead for mail addresses, and without resolving entities, which markdown.ts does. */
  override inlineText(src: string): Tokens.Text | undefined {
    const raw = TEXT.exec(src)?.[0];
    return raw === undefined ? undefined : { type: "text", raw, text: raw };
  }

  /** @throws {RangeError} where it gets too deep or too much */
  #bounded<T extends Tokens.Generic>(src: string, rule: () => T | undefined): T | undefined {
    if (this.#work > MAX_WORK || this.#depth >= MAX_DEPTH) throw new RangeError("too much to format");
    this.#depth++;
    const token = rule();
    this.#depth--;
    this.#work += token?.raw.length ?? src.length;
    return token;
  }
}
