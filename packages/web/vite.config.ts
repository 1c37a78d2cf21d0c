import { defaultClientConditions, defineConfig } from "vite";
import { compress } from "./build/compress.ts";
import { slimEmoji } from "./build/emoji.ts";
import { countedIcons } from "./build/icons.ts";

/** Where `npm run dev -w packages/web` finds a running natter. */
const NATTER = process.env.NATTER ?? "http://localhost:8000";

export default defineConfig({
  plugins: [slimEmoji(), countedIcons(), compress()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    // Our own packages are read from their sources, as everywhere in this workspace.
    conditions: ["@natter/source", ...defaultClientConditions],
    // virtua asks for React.
    alias: [
      { find: /^react\/jsx-(dev-)?runtime$/, replacement: "preact/jsx-runtime" },
      { find: /^react(-dom)?$/, replacement: "preact/compat" },
    ],
  },
  build: {
    // Spring 2024: the first that all have light-dark().
    target: ["chrome123", "edge123", "firefox125", "safari17.5"],
    // The page's policy has no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What each entry loads, for the tests that hold its size.
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    // The browser's Host and Origin are handed on as they are: natter lets in pages of this machine from any port.
    proxy: {
      "^/$": { target: NATTER, ws: true, bypass: ({ headers, url }) => (headers.upgrade ? undefined : url) },
      "/client.html": NATTER,
    },
  },
});
