// Builds the page that natter serves, when what it is made of has changed: setup.mjs asks for it before every start.
// Plain JavaScript for whatever Node the system has, like setup.mjs.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** All that goes into the page; folders with all that is in them. */
const SOURCES = [
  "package-lock.json",
  "tsconfig.json",
  "packages/web",
  "packages/client/src",
  "packages/protocol/src",
];
/** What is made, and what only tests it. */
const NO_SOURCE = /^(dist.*|node_modules)$|\.test\.ts$/;
/** A build takes a second; what is older was killed, ms. */
const ABANDONED_MS = 600_000;

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}packages/web/dist`;
/** In the folder itself, so that it comes and goes with what it tells of. */
const STAMP = ".natter-sources";

/**
 * Makes packages/web/dist what its sources say, and answers whether it is. A process killed on the way leaves the old
 * one there, and two at once do not harm each other.
 *
 * @param {string} node the Node to run Vite with
 * @returns {boolean}
 */
export function buildPage(node) {
  const hash = createHash("sha256");
  for (const source of SOURCES) addTo(hash, source);
  const wanted = hash.digest("hex");
  if (existsSync(`${dist}/${STAMP}`) && readFileSync(`${dist}/${STAMP}`, "utf8") === wanted) return true;

  console.log("Building the page …");
  removeAbandoned();
  const aside = `${dist}-${process.pid}`;
  const vite = `${root}node_modules/vite/bin/vite.js`;
  const options = ["--outDir", aside, "--emptyOutDir", "--configLoader", "native", "--logLevel", "error"];
  const { status } = spawnSync(node, [vite, "build", `${root}packages/web`, ...options], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status === 0) {
    writeFileSync(`${aside}/${STAMP}`, wanted);
    replace(dist, aside);
  }
  rmSync(aside, { recursive: true, force: true });
  return status === 0;
}

/** Adds a file, or all files of a folder, each with its name. */
function addTo(hash, path) {
  if (statSync(`${root}${path}`).isDirectory()) {
    const names = readdirSync(`${root}${path}`).filter((name) => !NO_SOURCE.test(name));
    for (const name of names.sort()) addTo(hash, `${path}/${name}`);
  } else {
    hash
      .update(`${path}\0`)
      .update(readFileSync(`${root}${path}`))
      .update("\0");
  }
}

/** Puts one folder in the place of another. Where another process was quicker, its folder stays: it is as good. */
function replace(folder, by) {
  const old = `${by}-old`;
  try {
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(by, folder);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST", "EPERM"].includes(error.code)) throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

function removeAbandoned() {
  for (const name of readdirSync(`${root}packages/web`)) {
    const folder = `${root}packages/web/${name}`;
    if (!name.startsWith("dist-") || Date.now() - statSync(folder).mtimeMs < ABANDONED_MS) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}
