import type { ComponentChildren } from "preact";
import { isRoomOf } from "../text/links.ts";
import { splitMentions } from "../text/mentions.ts";
import type { Block, Inline, Item, Link } from "../text/tree.ts";

/** Who may be called in a text, and what the reader is called. */
export type Names = { readonly names: readonly string[]; readonly mine: string };

/**
 * @param dir a list or a quote has the direction of its first letter, which `auto` finds in what has no `dir` of its own:
 *   so what stands in one has none, and each line in it goes its own way by `unicode-bidi: plaintext`
 */
export function blockElement(block: Block, who: Names, dir?: "auto"): ComponentChildren {
  switch (block.kind) {
    case "paragraph":
      return <p dir={dir}>{inlines(block.content, who)}</p>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard (WCAG 2.1.1)
        <pre dir="ltr" tabIndex={0} data-language={block.language}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote dir={dir}>{block.blocks.map((inner) => blockElement(inner, who))}</blockquote>;
    case "list": {
      const items = block.items.map((item, index) => itemElement(item, block.items[index - 1], who));
      if (!block.ordered) return <ul dir={dir}>{items}</ul>;
      return (
        <ol dir={dir} start={block.items[0]?.value}>
          {items}
        </ol>
      );
    }
    case "rule":
      return <hr />;
  }
}

function itemElement({ value, blocks }: Item, before: Item | undefined, who: Names): ComponentChildren {
  const isNext = before === undefined || value === undefined || value === (before.value ?? 0) + 1;
  const [first, ...others] = blocks;
  return (
    <li value={isNext ? undefined : value}>
      {first?.kind === "paragraph" && others.every(({ kind }) => kind === "list")
        ? inlines(first.content, who)
        : first && blockElement(first, who)}
      {others.map((inner) => blockElement(inner, who))}
    </li>
  );
}

export function inlines(content: readonly Inline[], who: Names): ComponentChildren[] {
  return content.flatMap((part) =>
    typeof part === "string" ? withMentions(part, who) : inlineElement(part, who),
  );
}

function inlineElement(part: Exclude<Inline, string>, who: Names): ComponentChildren {
  switch (part.kind) {
    case "strong":
      return <strong>{inlines(part.content, who)}</strong>;
    case "emphasis":
      return <em>{inlines(part.content, who)}</em>;
    case "deleted":
      return <del>{inlines(part.content, who)}</del>;
    case "code":
      return <code dir="auto">{part.text}</code>;
    case "link":
      return linkElement(part, who);
  }
}

/** Each in its own direction: what turns the words before it around does not turn an address. */
function linkElement({ href, content }: Link, who: Names): ComponentChildren {
  const label = inlines(content, { ...who, names: [] });
  if (isRoomOf(location.origin, href)) {
    return (
      <a href={href} dir="auto">
        {label}
      </a>
    );
  }
  // Where it leads can be seen before it is followed; where the label is the address, it can be read.
  const title = content.length === 1 && content[0] === href ? undefined : href;
  return (
    <a href={href} dir="auto" title={title} target="_blank" rel="noopener noreferrer nofollow ugc">
      {label}
    </a>
  );
}

function withMentions(text: string, { names, mine }: Names): ComponentChildren[] {
  return splitMentions(text, names).map((part) => {
    if (typeof part === "string") return part;
    const isMine = part.mention.toLowerCase() === mine.toLowerCase();
    return (
      <span class={isMine ? "mention mention-me" : "mention"} dir="auto">
        {part.typed}
      </span>
    );
  });
}
