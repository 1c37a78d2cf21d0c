import { useSignal } from "@preact/signals";
import { isOnlyEmoji } from "../text/only-emoji.ts";
import { parsed, parser } from "../text/parser.ts";
import { cleaned, isBlank, needsMarkdown, trimmed } from "../text/plain.ts";
import type { Block } from "../text/tree.ts";
import { blockElement, inlines, type Names } from "./formatted-parts.tsx";

/** A text over either is folded: it would take most of a screen. Some thirteen lines stay, so no fold hides one or two. */
const MAX_LINES = 18;
const MAX_CHARS = 1_800;

/** Long texts that were unfolded, for rows are made anew as one scrolls. Grows by a click at a time. */
const unfolded = new Set<string>();

/** A text that somebody wrote. One without markup is one element. */
export function Formatted({ text, names, mine }: { text: string } & Names) {
  const isUnfolded = useSignal(unfolded.has(text));
  const shown = trimmed(cleaned(text));
  if (isBlank(shown)) return <p class="text empty-text">Nothing but blanks</p>;
  const blocks = blocksOf(shown);
  if (!isLong(shown)) return <Blocks blocks={blocks} who={{ names, mine }} looks="" />;

  const unfold = (value: boolean): void => {
    if (value) unfolded.add(text);
    else unfolded.delete(text);
    isUnfolded.value = value;
  };
  return (
    <>
      <Blocks
        blocks={blocks}
        who={{ names, mine }}
        looks={isUnfolded.value ? "" : " folded"}
        // A link that is reached by keyboard must not be out of sight.
        onFocusIn={() => unfold(true)}
      />
      <button
        type="button"
        class="unfold"
        aria-expanded={isUnfolded.value}
        onClick={() => unfold(!isUnfolded.value)}
      >
        {isUnfolded.value ? "Show less" : "Show all"}
      </button>
    </>
  );
}

function blocksOf(shown: string): readonly Block[] {
  const parse = needsMarkdown(shown) ? parser.value : undefined;
  return parse === undefined ? [{ kind: "paragraph", content: [shown] }] : parsed(shown, parse);
}

function isLong(shown: string): boolean {
  return shown.length > MAX_CHARS || shown.split("\n", MAX_LINES + 1).length > MAX_LINES;
}

function Blocks(props: { blocks: readonly Block[]; who: Names; looks: string; onFocusIn?: () => void }) {
  const { blocks, who, looks, onFocusIn } = props;
  const [first] = blocks;
  if (blocks.length === 1 && first?.kind === "paragraph") {
    const [only] = first.content;
    const jumbo = first.content.length === 1 && typeof only === "string" && isOnlyEmoji(only) ? " jumbo" : "";
    return (
      <p class={`text${jumbo}${looks}`} dir="auto" onFocusIn={onFocusIn}>
        {inlines(first.content, who)}
      </p>
    );
  }
  return (
    <div class={`rich${looks}`} onFocusIn={onFocusIn}>
      {blocks.map((block) => blockElement(block, who, "auto"))}
    </div>
  );
}
