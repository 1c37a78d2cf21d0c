import type { Plugin } from "vite";

/** The bubble of public/icon.svg, in the colour of something new. */
const BUBBLE = "M5 2h22a5 5 0 0 1 5 5v12a5 5 0 0 1-5 5H14l-7 6v-6H5a5 5 0 0 1-5-5V7a5 5 0 0 1 5-5z";
const COLOUR = "#c2410c";
/** Fills the bubble, in the middle of it. */
const LARGER = "translate(16 13) scale(1.15) translate(-16 -13.5)";

/** Digits as strokes, for no font is the same everywhere; two units are one pixel in a tab. */
const DIGITS: readonly string[] = [
  "M12.5 10l4.5-3v13",
  "M11.8 10.4c0-2 1.8-3.6 4.2-3.6s4.2 1.5 4.2 3.6c0 3.2-5.6 5.2-8.2 9.2h8.6",
  "M12 7h8l-4.6 5c3 0 4.9 1.5 4.9 3.9s-2 4-4.5 4c-1.9 0-3.4-.8-4.3-2.2",
  "M18.5 20V7l-7.3 9h10",
  "M19.7 7h-6.7l-.7 5.8c1-.7 2.2-1.1 3.5-1.1 2.7 0 4.6 1.6 4.6 4.1s-2 4.1-4.5 4.1c-1.8 0-3.3-.7-4.2-2",
  "M18.6 7c-4 1-6.7 4.7-6.7 8.7a4.1 4.1 0 1 0 8.2 0 4.1 4.1 0 0 0-8.2 0",
  "M11.8 7h8.6l-5.2 13",
  "M16 7a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.2zM16 13.2a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  "M13.4 20c4-1 6.7-4.7 6.7-8.7a4.1 4.1 0 1 0-8.2 0 4.1 4.1 0 0 0 8.2 0",
];
const NINE_AND_MORE =
  "M9 20c3.6-1 5.6-4.7 5.6-8.7a3.6 4.1 0 1 0-7.2 0 3.6 4.1 0 0 0 7.2 0M19 13.5h7.5M22.75 9.75v7.5";

/** The icons that tell in the tab how much is unread: `icon-1.svg` to `icon-9.svg`, and `icon-many.svg`. */
function icons(): ReadonlyMap<string, string> {
  return new Map([
    ...DIGITS.map((path, index) => [`icon-${index + 1}.svg`, icon(`${index + 1} new`, path)] as const),
    ["icon-many.svg", icon("More than 9 new", NINE_AND_MORE)],
  ]);
}

function icon(title: string, path: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <title>${title}</title>
  <path fill="${COLOUR}" d="${BUBBLE}"/>
  <path fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round" transform="${LARGER}" d="${path}"/>
</svg>
`;
}

/** Real files, because the page's policy lets in no image that the page makes itself. */
export function countedIcons(): Plugin {
  return {
    name: "natter-icons",
    generateBundle() {
      for (const [fileName, source] of icons()) this.emitFile({ type: "asset", fileName, source });
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const source = icons().get(request.url?.slice(1) ?? "");
        if (source === undefined) return next();
        response.setHeader("Content-Type", "image/svg+xml").end(source);
      });
    },
  };
}
