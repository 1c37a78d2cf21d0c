// Where this machine keeps a Chromium: asked by setup.mjs before the tests, and by the tests themselves.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The path of a Chromium that can be started, or undefined. CHROMIUM, where set, is taken at its word.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  return [process.env.CHROMIUM, ...USUAL_PLACES, playwrightsOwn()].find((path) => path && existsSync(path));
}

/** The one that `playwright-core install chromium` downloads. */
function playwrightsOwn() {
  try {
    return createRequire(import.meta.url)("playwright-core").chromium.executablePath();
  } catch {
    return undefined; // playwright-core itself is not installed yet
  }
}
