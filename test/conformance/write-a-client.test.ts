// The client of docs/write-a-client.md, run as it is written there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Natter, Program, ROOT } from "../support/natter.ts";
import { inTime } from "../support/raw-client.ts";
import { enter, type Target } from "./peer.ts";

const noPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0
    ? false
    : "there is no python3 of 3.10 or later on this machine";

/** The chat in Python, with a keyboard. */
class Chat extends Program {
  /** What it printed that nobody looked at yet begins here. */
  #seen = 0;
  readonly #file: string;

  constructor(folder: string, natter: Target, name: string, room = "team") {
    const url = `ws://${natter.host}:${natter.port}`;
    const file = join(folder, `${name}.json`);
    super("python3", [join(folder, "chat.py"), url, name, room, file], { stdio: ["pipe", "pipe", "pipe"] });
    this.#file = file;
    this.child.stdin!.on("error", () => {}); // it may be killed while it is typed to
  }

  type(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async isIn(): Promise<void> {
    await this.line(/^# in /, this.err);
  }

  /** The next lines are these. */
  async prints(...lines: string[]): Promise<void> {
    for (const line of lines) assert.equal(await this.lineAt(this.#seen++), line, this.said());
  }

  /** That it has written down what it printed, up to this seq. */
  async noted(seq: number): Promise<void> {
    const isNoted = async (): Promise<boolean> => {
      const state = JSON.parse(await readFile(this.#file, "utf8")) as { position: { since?: number } };
      return state.position.since === seq;
    };
    const wait = async (): Promise<void> => {
      while (!(await isNoted())) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await inTime(wait(), `the note of ${seq}`);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }
}

describe("the client of docs/write-a-client.md", { skip: noPython }, () => {
  let folder: string;
  const chats: Chat[] = [];
  const start = (natter: Target, name: string): Chat => {
    const chat = new Chat(folder, natter, name);
    chats.push(chat);
    return chat;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "natter-guide-"));
    const guide = await readFile(join(ROOT, "docs/write-a-client.md"), "utf8");
    const program = /```python\n(.*?)```/s.exec(guide)?.[1] ?? "";
    assert.ok(program.trimEnd().split("\n").length < 100, "it is said to have under a hundred lines");
    await writeFile(join(folder, "chat.py"), program);
  });
  after(async () => {
    for (const chat of chats) await chat.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it("P1 P3 P5 loses nothing and repeats nothing when the server is killed, and when it is killed itself", async () => {
    const data = join(folder, "data");
    let natter = await Natter.start(["--data", data]);
    // The same address for both servers, as users have it.
    const ports = ["--port", `${natter.port}`, "--ws-port", `${natter.wsPort}`];
    const target: Target = { host: "127.0.0.1", port: natter.wsPort };
    try {
      const [ada, bob] = [start(target, "Ada"), start(target, "Bob")];
      await Promise.all([ada.isIn(), bob.isIn()]);
      ada.type("hi");
      for (const chat of [ada, bob]) await chat.prints("Ada: hi");
      bob.type("grüß dich 👋");
      for (const chat of [ada, bob]) await chat.prints("Bob: grüß dich 👋");

      natter.child.kill("SIGKILL");
      await natter.exited;
      for (const text of ["is anybody there?", "hello?"]) ada.type(text);
      natter = await Natter.start(["--data", data, ...ports]);
      const both = ["Ada: is anybody there?", "Ada: hello?"];
      for (const chat of [ada, bob]) await chat.prints(...both);

      await bob.noted(4);
      await bob.kill();
      const missed = Array.from({ length: 100 }, (_, index) => `${index + 1}`);
      for (const text of missed) ada.type(text);
      await ada.prints(...missed.map((text) => `Ada: ${text}`));
      const again = start(target, "Bob");
      await again.prints(...missed.map((text) => `Ada: ${text}`));
      again.type("back");
      for (const chat of [ada, again]) await chat.prints("Bob: back");

      // What a witness reads from the log is what everybody has seen.
      const witness = await enter(target, "team", { join: { since: 0 } });
      const events = await witness.hearAll("event", 105);
      assert.deepEqual(
        events.map(({ from, text }) => `${from.name}: ${text}`),
        ["Ada: hi", "Bob: grüß dich 👋", ...both, ...missed.map((text) => `Ada: ${text}`), "Bob: back"],
      );
      await witness.hearsNothing();
    } finally {
      await natter[Symbol.asyncDispose]();
    }
  });

  it("S6 E6 X5 tells what is refused, goes on, shows no control characters, and stops where it should", async () => {
    await using natter = await Natter.start();
    const target: Target = { host: "127.0.0.1", port: natter.wsPort };
    const chat = start(target, "Eve");
    await chat.isIn();
    chat.type("\u001b[2J");
    chat.type("x".repeat(9_000));
    chat.type("fine");
    await chat.prints("Eve: fine");
    assert.equal(chat.err.filter((line) => line.startsWith("# not sent: ")).length, 2);
    const other = await enter(target, "team", { name: "Bob" });
    await other.tell("team", "a\tb\nc");
    await chat.prints("Bob: a\ufffdb\ufffdc");

    const bad = start(target, "42");
    assert.equal(await bad.exited, 1);
    await natter.stop(); // 1012: it comes back, and waits for that
    await chat.line(/closed with 1012|restarting/, chat.err);
    assert.equal(chat.child.exitCode, null);
  });

  it("J6 M2 begins anew after a reset with its outbox as it was, and waits where the rate is spent", async () => {
    await using natter = await Natter.start(["--message-rate", "3"]);
    const target: Target = { host: "127.0.0.1", port: natter.wsPort };
    const position = { since: 7, epoch: "of another log", last: "a", lastAt: 1 };
    const lines = Array.from({ length: 34 }, (_, index) => `${index + 1}`);
    const outbox = lines.map((text) => [`id-${text}`, text]);
    const session = "mN0vZJ3hYq0cT1xk2bW8uR5sD7fG9aLpQeIoUyXwVrs";
    await writeFile(join(folder, "Kim.json"), JSON.stringify({ session, position, outbox }));
    const chat = start(target, "Kim");
    await chat.prints(...lines.map((text) => `Kim: ${text}`));
    const state = JSON.parse(await readFile(join(folder, "Kim.json"), "utf8"));
    assert.notEqual(state.position.epoch, position.epoch);
  });
});
