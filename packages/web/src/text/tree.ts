/** A text as it is shown. Whatever stands in it was written by a stranger: all of it is for text nodes. */
export type Block =
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "code"; readonly language: string | undefined; readonly text: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly Item[] }
  | { readonly kind: "rule" };

/** `value`: the number that stands before it in an ordered list; people do not always count on by one. */
export type Item = { readonly value: number | undefined; readonly blocks: readonly Block[] };

/** Breaks are `\n` in strings, for `white-space: pre-wrap`: no element for each line. */
export type Inline =
  | string
  | { readonly kind: "strong" | "emphasis" | "deleted"; readonly content: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | Link;

/** `href` is `http:` or `https:`, and as it was typed. */
export type Link = { readonly kind: "link"; readonly href: string; readonly content: readonly Inline[] };

/** What `parse` of markdown.ts is. */
export type Parse = (text: string) => readonly Block[];

/** What can be read of it, without the addresses behind links. */
export function textOf(content: readonly Inline[]): string {
  return content
    .map((part) => {
      if (typeof part === "string") return part;
      return part.kind === "code" ? part.text : textOf(part.content);
    })
    .join("");
}
