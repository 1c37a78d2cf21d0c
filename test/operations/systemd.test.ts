import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Program, ROOT } from "../support/natter.ts";
import { inTime } from "../support/raw-client.ts";

/** Of 10, as systemd counts what a service could still do; the network and the file system cannot be taken away. */
const MOST_EXPOSED = 2;

/** The unit as it stands, but for where things are on this machine. */
function unit(data: string): string {
  return readFileSync(join(ROOT, "examples/systemd/natter.service"), "utf8")
    .replaceAll("/opt/natter", ROOT.replace(/\/$/, ""))
    .replaceAll("/var/lib/natter", data);
}

function valuesOf(text: string, key: string): string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value]) => value!);
}

describe("examples/systemd/natter.service", () => {
  it("starts natter by its own command line and variables, on its data folder, and stops it within its time", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "natter-unit-"));
    t.after(() => rm(folder, { recursive: true }));
    const text = unit(join(folder, "data"));
    const [command = "", ...args] = valuesOf(text, "ExecStart")[0]!.split(" ");
    const variables = valuesOf(text, "Environment").map((each) => each.split("=") as [string, string]);
    const env = {
      NATTER_PORT: "0",
      NATTER_WS_PORT: "0",
      PATH: "/usr/bin:/bin",
      ...Object.fromEntries(variables),
    };
    const program = new Program(command, args, { cwd: valuesOf(text, "WorkingDirectory")[0]!, env });
    await program.line(/^ {2}Data {7}\S+\/data$/);
    assert.ok((await readdir(join(folder, "data"))).includes("natter.db"));
    program.child.kill(valuesOf(text, "KillSignal")[0] as NodeJS.Signals);
    const withinMs = Number(valuesOf(text, "TimeoutStopSec")[0]) * 1_000;
    assert.ok(withinMs > 10_000, "natter takes ten seconds at most, and systemd waits longer");
    assert.equal(await inTime(program.exited, "the end", withinMs), 0);
  });

  it("is a unit in which systemd finds no fault, and one that can do little harm", async (t) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return t.skip("systemd is not installed");
    const folder = await mkdtemp(join(tmpdir(), "natter-unit-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "natter.service");
    await writeFile(file, unit("/var/lib/natter"));
    const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    assert.deepEqual([verified.status, verified.stderr], [0, ""]);
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", file], {
      encoding: "utf8",
    });
    const exposure = Number(/Overall exposure level for natter\.service: ([\d.]+)/.exec(stdout)?.[1]);
    if (Number.isNaN(exposure)) return t.skip("this systemd does not judge units that are not loaded");
    assert.ok(exposure <= MOST_EXPOSED, `exposure ${exposure}:\n${stdout}`);
  });
});
