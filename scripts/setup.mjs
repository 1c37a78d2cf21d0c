// Makes a clone ready to run: npm runs this before `npm start` and `npm test`.
//
// Plain JavaScript for whatever Node the system has (20 is enough): the Node that natter itself runs on is one
// of the packages installed here. The second time it only compares two hashes and is done.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findChromium } from "./chromium.mjs";
import { buildPage } from "./page.mjs";

/** Older ones cannot leave an upgrade aside that is not WebSocket's: what `curl --http2` asks for would be refused. */
const OLDEST_NODE = [24, 9];

const root = fileURLToPath(new URL("..", import.meta.url));
const stampFile = `${root}node_modules/.natter-setup`;
const withTests = process.argv.includes("--tests");

process.chdir(root);
installPackages();
const node = findNode();
if (!buildPage(node)) fail("The page could not be built: see the message above, then try again.");
if (withTests) installTestPrograms();

/** Runs `npm ci` unless it already ran for this very lock file on this kind of machine. */
function installPackages() {
  const wanted = createHash("sha256")
    .update(readFileSync("package-lock.json"))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;

  console.log("Installing natter's packages (once, about ten seconds) …");
  // Not process.execPath: that may be the Node inside node_modules, which npm is about to replace.
  const node = process.env.npm_node_execpath ?? process.execPath;
  const npm = process.env.npm_execpath;
  const ci = ["ci", "--loglevel=error"];
  const { status } = npm ? run(node, [npm, ...ci]) : run("npm", ci);
  if (status !== 0) {
    fail("npm could not install natter's packages: see its message above, then try again.");
  }
  writeFileSync(stampFile, wanted);
}

/** npm scripts find node_modules/.bin first, so the packaged Node wins over the system's wherever there is one. */
function findNode() {
  const packaged = `${root}node_modules/.bin/node`;
  const found = existsSync(packaged) ? packaged : "node";
  const { stdout } = spawnSync(found, ["--version"], { encoding: "utf8" });
  const version = (stdout ?? "").trim();
  const [major, minor] = (/^v(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return found;
  fail(
    `natter needs Node ${OLDEST_NODE.join(".")} or later, found ${version || "none that runs"}, and there is no packaged ` +
      `Node for ${process.platform} on ${process.arch}: install one from https://nodejs.org and try again.`,
  );
}

/**
 * What the tests need besides npm packages: a browser to open the page, Python for clients in another language,
 * strace to see that what is acknowledged was synced, nginx to stand in front, a second browser, PostgreSQL for logs
 * that several nodes share, Redis to be their bus. Tests of all but the first are skipped where there is none.
 */
function installTestPrograms() {
  const missing = [];
  if (!findChromium()) missing.push("chromium");
  for (const [program, version] of [
    ["python3", "--version"],
    ["strace", "--version"],
    ["nginx", "-v"],
    ["firefox-esr", "--version"],
    ["redis-server", "--version"],
  ]) {
    if (spawnSync(program, [version]).status !== 0) missing.push(program);
  }
  if (!hasPostgres()) missing.push("postgresql");
  if (missing.length === 0) return;

  const isRoot = process.getuid?.() === 0;
  if (isRoot && spawnSync("apt-get", ["--version"]).status === 0) {
    console.log(`Installing ${missing.join(" and ")} for the tests …`);
    run("apt-get", ["update", "-qq"]);
    // Each by itself: where one is not to be had, the others are.
    for (const name of missing) run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name]);
  } else if (missing.includes("chromium")) {
    console.log("Downloading Playwright's Chromium for the tests …");
    run(`${root}node_modules/.bin/playwright-core`, ["install", "chromium"]);
  }
  if (!findChromium()) {
    fail(
      "The tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path, then try again.",
    );
  }
}

/** Debian keeps the server's programs apart, by version. */
function hasPostgres() {
  const debian = "/usr/lib/postgresql";
  if (
    existsSync(debian) &&
    readdirSync(debian).some((version) => existsSync(`${debian}/${version}/bin/initdb`))
  )
    return true;
  return spawnSync("initdb", ["--version"]).status === 0;
}

function run(command, args) {
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
