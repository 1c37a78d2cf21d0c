// `npm run transcripts`: records sessions of the real client with the real server anew. They come out the same where
// nothing has changed; look at what git says is different.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatClient, type SocketConstructor } from "@natter/client";
import type { ServerFrame } from "@natter/protocol";
import { eventually } from "../reliability/support/eventually.ts";
import { Home } from "../reliability/support/home.ts";
import { runNatter } from "../support/natter.ts";
import { type Action, Actor } from "./support/actor.ts";
import { normalised, type Step, TRANSCRIPTS } from "./support/transcripts.ts";

const ADA = "mN0vZJ3hYq0cT1xk2bW8uR5sD7fG9aLpQeIoUyXwVrs";
const BOB = "Bob0vZJ3hYq0cT1xk2bW8uR5sD7fG9aLpQeIoUyXwVr";

/** Ada's client, which comes back only when it is told: every frame of it is written down, and what she does with it. */
class Recording extends Actor {
  readonly steps: Step[];

  constructor(url: string, name: string) {
    const steps: Step[] = [];
    super(new ChatClient({ url, name, session: ADA, random: () => 100, WebSocket: recorded(steps) }));
    this.steps = steps;
  }

  override do(action: Action): void {
    this.steps.push({ do: action });
    super.do(action);
  }

  /** Until the server has said such a frame since the last that was waited for. */
  async hears(isIt: (frame: ServerFrame) => boolean): Promise<void> {
    const said = () =>
      this.steps.findIndex((step, at) => at >= this.#heard && "server" in step && isIt(step.server));
    await eventually(() => said() >= 0, `a frame, of ${JSON.stringify(this.steps.slice(this.#heard))}`);
    this.#heard = said() + 1;
  }

  #heard = 0;
}

function recorded(steps: Step[]): SocketConstructor {
  return class extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      super.addEventListener("open", () => steps.push({ open: true }));
      super.addEventListener("message", ({ data }) => steps.push({ server: JSON.parse(data) }));
      super.addEventListener("close", ({ code }) => this.#isDropped || steps.push({ closed: code }));
    }

    /** Its end is nobody's any more. */
    override close(code?: number): void {
      this.#isDropped = true;
      super.close(code);
    }

    #isDropped = false;

    override send(data: string): void {
      steps.push({ client: JSON.parse(data) });
      super.send(data);
    }
  } as SocketConstructor;
}

type Scene = {
  readonly home: Home;
  readonly ada: Recording;
  /** Somebody else, who comes when he is called. */
  readonly bob: () => Promise<ChatClient>;
};

const is = (type: ServerFrame["type"]) => (frame: ServerFrame) => frame.type === type;
const says = (text: string) => (frame: ServerFrame) => frame.type === "event" && frame.text === text;

const SESSIONS: Record<string, [about: string, play: (scene: Scene) => Promise<void>, name?: string]> = {
  visit: [
    "A first visit: somebody else comes and types, one reads on, goes by another name, looks back, and leaves.",
    async ({ ada, bob }) => {
      ada.do(["room", "lobby", "end"]);
      await ada.hears(is("presence"));
      ada.do(["post", "lobby", "hi"]);
      await ada.hears(says("hi"));
      const other = await (await bob()).join("lobby");
      await ada.hears(is("presence"));
      other.type();
      await ada.hears(is("typing"));
      await other.send("hello, Ada");
      await ada.hears(says("hello, Ada"));
      ada.do(["markRead", "lobby"]);
      await ada.hears(is("read"));
      ada.do(["history", "lobby", { before: 2, limit: 10 }]);
      await ada.hears(is("page"));
      ada.do(["rooms"]);
      await ada.hears(is("rooms"));
      ada.do(["rename", "Ada Lovelace"]);
      await ada.hears(is("renamed"));
      await ada.hears(is("presence"));
      ada.do(["leave", "lobby"]);
      await ada.hears(is("left"));
    },
  ],
  resume: [
    "The server is killed; what was said meanwhile, on both sides, comes when it is back.",
    async ({ home, ada, bob }) => {
      ada.do(["room", "lobby", "start"]);
      await ada.hears(is("presence"));
      ada.do(["post", "lobby", "one"]);
      await ada.hears(says("one"));
      await home.kill();
      await eventually(() => ada.chat.state.kind !== "live", "the loss");
      ada.do(["post", "lobby", "three"]);
      ada.do(["post", "lobby", "four"]);
      await home.start();
      const other = await (await bob()).join("lobby");
      await other.send("two");
      ada.do(["connect"]);
      await ada.hears(says("four"));
    },
  ],
  restart: [
    "The server stops to start again, and tells so.",
    async ({ home, ada }) => {
      ada.do(["room", "lobby", "start"]);
      await ada.hears(is("presence"));
      ada.do(["post", "lobby", "one"]);
      await ada.hears(says("one"));
      await home.stop();
      await eventually(() => ada.chat.state.kind === "waiting", "the loss");
      await home.start();
      ada.do(["connect"]);
      ada.do(["post", "lobby", "two"]);
      await ada.hears(says("two"));
    },
  ],
  restored: [
    "The server's data is that of a backup: what came after it is gone, and the log another one.",
    async ({ home, ada }) => {
      ada.do(["room", "lobby", "start"]);
      await ada.hears(is("presence"));
      ada.do(["post", "lobby", "kept"]);
      await ada.hears(says("kept"));
      const copy = join(await mkdtemp(join(tmpdir(), "natter-record-")), "copy.db");
      assert.equal((await runNatter(["backup", copy, "--data", home.folder])).code, 0);
      ada.do(["post", "lobby", "gone"]);
      await ada.hears(says("gone"));
      await home.kill();
      await eventually(() => ada.chat.state.kind !== "live", "the loss");
      await rm(home.folder, { recursive: true });
      assert.equal((await runNatter(["restore", copy, "--data", home.folder])).code, 0);
      await rm(join(copy, ".."), { recursive: true });
      await home.start();
      ada.do(["post", "lobby", "after it"]);
      ada.do(["connect"]);
      await ada.hears(is("reset"));
      await ada.hears(says("after it"));
      ada.do(["history", "lobby", {}]);
      await ada.hears(is("page"));
    },
  ],
  refused: [
    "Refused: a room, a text, a page, a name.",
    async ({ ada }) => {
      ada.do(["room", "Not A Room", "end"]);
      await ada.hears(is("error"));
      ada.do(["room", "lobby", "end"]);
      await ada.hears(is("presence"));
      ada.do(["post", "lobby", "\u0007"]);
      await ada.hears(is("error"));
      ada.do(["history", "lobby", { limit: 1_000 }]);
      await ada.hears(is("error"));
      ada.do(["rename", "123"]);
      await ada.hears(is("error"));
    },
  ],
  unwelcome: [
    "A name that is none: the client stays away until it has another.",
    async ({ ada }) => {
      await ada.hears(is("error"));
      await eventually(() => ada.chat.state.kind === "refused", "the refusal");
      ada.do(["rename", "Ada"]);
      await ada.hears(is("welcome"));
    },
    "123",
  ],
};

for (const [file, [about, play, name = "Ada"]] of Object.entries(SESSIONS)) {
  await using home = await Home.start();
  const url = `ws://127.0.0.1:${home.wsPort}/`;
  const ada = new Recording(url, name);
  let bob: ChatClient | undefined;
  await play({
    home,
    ada,
    bob: async () => {
      bob = new ChatClient({ url, name: "Bob", session: BOB });
      return bob;
    },
  });
  await new Promise((resolve) => setImmediate(resolve)); // what was answered is told
  const transcript = normalised({ about, name, session: ADA, steps: [...ada.steps], end: ada.end });
  await ada.chat.close();
  await bob?.close();
  writeFileSync(new URL(`${file}.json`, TRANSCRIPTS), `${JSON.stringify(transcript, null, 2)}\n`);
}
