import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Timeline } from "@natter/client";
import { event, joined, ME, Script, sends, turn } from "./support/scripted.ts";

describe("recorded frames of servers", () => {
  type Vector = { name: string; json?: string; parts?: [string, number][] };
  const url = new URL("../../packages/protocol/vectors/server-frames.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(url, "utf8")) as Vector[];

  for (const { name, json, parts = [] } of vectors) {
    it(`F4 F5 do not break a client, whenever they come: ${name}`, async () => {
      const message = json ?? parts.map(([text, times]) => text.repeat(times)).join("");
      await using script = new Script();
      const lobby = script.chat.room("lobby", { since: "start" });
      using _timeline = new Timeline(lobby);
      const sending = lobby.send("hi");
      await turn();
      script.line.open();
      script.line.say(message);
      script.chat.connect();
      await turn();
      if (script.chat.state.kind !== "live") await script.greet();
      script.line.say(message, joined(), message);
      await script.clock.pass(0);
      script.line.say(message);
      await script.clock.pass(0);
      // Whatever it made of that: on a new connection to a sound server all is well.
      script.line.close(1006);
      script.chat.connect();
      const line = await script.greet();
      if (lobby.state.kind !== "joining") script.chat.room("lobby", { since: "start" });
      line.say({ type: "reset", room: "lobby", epoch: "sound", head: 0 }, joined({ epoch: "sound" }));
      await script.clock.pass(0);
      const send = sends(line.take()).at(-1);
      if (send !== undefined) line.say(event(1, { id: send.id, from: ME, text: "hi" }));
      assert.equal((await sending).text, "hi");
    });
  }
});
