import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "./support/natter.ts";

/** Which of our packages each may know. Everything else it imports has to be in its own package.json. */
const ARROWS: Record<string, readonly string[]> = {
  "@natter/protocol": [],
  "@natter/hub": [],
  "@natter/client": ["@natter/protocol"],
  "@natter/web": ["@natter/client"],
  // Of the page it knows the built files, no source.
  natter: ["@natter/hub", "@natter/protocol", "@natter/web"],
  "natter-examples": ["@natter/hub"],
  "natter-bench": ["@natter/client", "@natter/hub", "natter"],
  // Others' servers, beside which natter is measured: they know nothing of it, and it knows nothing of them.
  "natter-bench-peers": [],
};

type Manifest = {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  allowScripts?: string[];
};

/** Not a workspace: what is in it is installed when natter is measured, and never for natter itself. */
const PEERS = "bench/peers";

const manifests = globSync(["package.json", `{packages/*,examples,bench,${PEERS}}/package.json`], {
  cwd: ROOT,
}).map((file) => ({
  folder: dirname(join(ROOT, file)),
  manifest: JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Manifest,
}));
const ourNames = new Set(manifests.map(({ manifest }) => manifest.name));

function dependenciesOf(manifest: Manifest): [string, string][] {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
}

function lockOf(folder: string): Record<string, { hasInstallScript?: true }> {
  return JSON.parse(readFileSync(join(ROOT, folder, "package-lock.json"), "utf8")).packages;
}

/** What a file imports, statically or not. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;"']*?from\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|\nimport\s+"([^"]+)"/g;
  return [...source.matchAll(pattern)].map((found) => (found[1] ?? found[2] ?? found[3])!);
}

describe("the packages", () => {
  const workspaces = manifests.filter(({ folder }) => folder !== resolve(ROOT));

  it("are all named in this test", () => {
    assert.deepEqual(workspaces.map(({ manifest }) => manifest.name).sort(), Object.keys(ARROWS).sort());
  });

  for (const { folder, manifest } of workspaces) {
    it(`${manifest.name} imports only what it may: arrows of dependency point one way`, () => {
      const files = globSync("**/*.{ts,tsx,mjs}", {
        cwd: folder,
        exclude: ["**/node_modules/**", "**/dist/**", "**/*.test.ts", "**/testing/**", "peers/**"],
      });
      assert.ok(files.length > 0);
      const declared = new Set(Object.keys(manifest.dependencies ?? {}));
      const forBuilding = new Set([...declared, ...Object.keys(manifest.devDependencies ?? {})]);
      for (const ours of [...declared].filter((name) => ourNames.has(name))) {
        assert.ok(ARROWS[manifest.name]?.includes(ours), `${manifest.name} depends on ${ours}`);
      }
      for (const file of files) {
        for (const specifier of importsOf(join(folder, file))) {
          const from = `${relative(ROOT, join(folder, file))} imports ${specifier}`;
          if (specifier.startsWith("node:")) continue;
          if (specifier.startsWith(".")) {
            const target = resolve(folder, dirname(file), specifier);
            assert.ok(target.startsWith(`${folder}/`), `${from}: outside its package`);
            assert.ok(existsSync(target), `${from}: there is no such file`);
          } else {
            const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
            const allowed = file.startsWith("src/") ? declared : forBuilding;
            assert.ok(allowed.has(name), `${from}: not in its package.json`);
          }
        }
      }
    });
  }

  it("pin their dependencies to one version, each with its reason in docs/dependencies.md, which names no others", () => {
    const all = manifests
      .flatMap(({ manifest }) => dependenciesOf(manifest))
      .filter(([name]) => !ourNames.has(name));
    for (const [name, version] of all) assert.match(version, /^\d+\.\d+\.\d+$/, name);
    const docs = readFileSync(join(ROOT, "docs/dependencies.md"), "utf8");
    const documented = [...docs.matchAll(/^\| `([^`]+)` \|/gm)].map((found) => found[1]);
    assert.deepEqual(documented.sort(), [...new Set(all.map(([name]) => name))].sort());
  });

  it("are installed without those that natter is only measured beside", () => {
    const foreign = Object.keys(lockOf(PEERS)).filter((path) => path !== "" && !path.endsWith("/ws"));
    const own = new Set(Object.keys(lockOf(".")));
    for (const name of ["socket.io", "@oven/bun-linux-x64"]) {
      assert.ok(foreign.includes(`node_modules/${name}`), name);
      assert.ok(!own.has(`node_modules/${name}`), name);
    }
  });

  for (const folder of [".", PEERS]) {
    it(`bring no install script that is not allowed by name, in ${folder}`, () => {
      const scripted = Object.entries(lockOf(folder)).filter(([, entry]) => entry.hasInstallScript);
      const allowed = manifests.find((each) => each.folder === resolve(ROOT, folder))?.manifest.allowScripts;
      assert.deepEqual(
        scripted.map(([path]) => path.replace(/^.*node_modules\//, "")),
        allowed ?? [],
      );
    });
  }
});

describe("the docs", () => {
  const pages = globSync("**/*.md", { cwd: ROOT, exclude: ["**/node_modules/**"] });

  it("link only to what is there", () => {
    assert.ok(pages.length > 5);
    for (const page of pages) {
      const text = readFileSync(join(ROOT, page), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        assert.ok(existsSync(resolve(ROOT, dirname(page), target)), `${page} links to ${target}`);
      }
    }
  });
});
