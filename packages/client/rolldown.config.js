// The whole client in one file, for pages that have no bundler: `<script type="module">` imports it as it stands.
export default {
  input: "src/index.ts",
  platform: "browser",
  resolve: { conditionNames: ["@natter/source", "import", "default"] },
  output: { file: "dist/browser.js", format: "esm", minify: true, comments: false },
};
