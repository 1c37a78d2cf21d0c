import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Timeline } from "@natter/client";
import { event, joined, ME, Script, turn } from "./support/scripted.ts";

describe("a timeline", () => {
  const texts = (timeline: Timeline) =>
    timeline.items.map((item) => (item.kind === "event" ? item.event.text : `${item.message.text}…`));

  it("has what came, what was before on demand, and what is pending; and begins anew when told (J6)", async () => {
    await using script = new Script();
    const lobby = script.chat.room("lobby");
    using timeline = new Timeline(lobby, { pageSize: 2 });
    let changes = 0;
    timeline.on("change", () => changes++);
    const loading = timeline.loadOlder();
    const line = await script.greet();
    line.take();
    line.say(joined({ head: 4 }));
    await script.clock.pass(0);
    line.say(event(5));
    const [history] = line.take();
    assert.ok(history?.type === "history" && history.before === 5 && history.limit === 2);
    line.say({ type: "page", room: "lobby", ref: history.ref, events: [event(3), event(4)], more: true });
    assert.equal(await loading, true);
    const mine = lobby.post("mine");
    assert.deepEqual(texts(timeline), ["3", "4", "5", "mine…"]);
    line.take();
    line.say(event(6, { id: mine.id, from: ME, text: "mine" }));
    assert.deepEqual(texts(timeline), ["3", "4", "5", "mine"]);
    await turn();
    const before = changes;
    line.say(event(7), event(8), event(9));
    await turn();
    assert.equal(changes, before + 1, "once a turn");
    lobby.post("waits");
    line.take();
    line.say({ type: "reset", room: "lobby", epoch: "f", head: 2 });
    assert.deepEqual(texts(timeline), ["waits…"]);
    line.say(joined({ epoch: "f", head: 2 }));
    await script.clock.pass(0);
    const again = line.take().find((frame) => frame.type === "history");
    assert.ok(again?.type === "history" && again.before === 3);
    line.say({ type: "page", room: "lobby", ref: again.ref, events: [event(1), event(2)], more: false });
    await turn();
    assert.deepEqual(texts(timeline), ["1", "2", "waits…"]);
    assert.equal(await timeline.loadOlder(), false);
  });
});
