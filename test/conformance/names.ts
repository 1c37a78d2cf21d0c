import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrive, connect, enter, newRoom, newSession, type Target } from "./peer.ts";
import { nameVectors } from "./vectors.ts";

export function names(target: Target): void {
  describe("Names", { concurrency: true }, () => {
    it("N1 N2 N3 every name of the vectors is cleaned, or refused with bad_name", async () => {
      for (const { text, name } of nameVectors()) {
        const peer = await arrive(target); // another person, for one may not take on so many names (M11)
        peer.say({ type: "rename", name: text });
        if (name === undefined) await peer.refused("bad_name");
        else assert.deepEqual((await peer.hear("renamed")).you, { id: peer.id, name });
      }
    });

    it("N1 N2 N3 hello takes and refuses the same names as rename", async () => {
      const cleaned = await connect(target);
      assert.equal((await cleaned.hello({ name: "  Ame\u0301lie\u200b \t X " })).you.name, "Amélie X");
      const peer = await connect(target);
      for (const name of [
        "",
        "\u200b",
        "12 34",
        "٣",
        "x".repeat(33),
        "\u0301a",
        "a\u0335\u0336\u0337\u0338",
      ]) {
        peer.say({ type: "hello", name });
        await peer.refused("bad_name");
      }
    });

    it("N4 two people may have the same name", async () => {
      const room = newRoom();
      const one = await enter(target, room, { name: "Ada" });
      const two = await enter(target, room, { name: "Ada" });
      assert.notEqual(one.id, two.id);
      assert.deepEqual(
        two.joined.people.list?.map(({ name }) => name),
        ["Ada", "Ada"],
      );
    });

    it("N5 renamed tells the other connections of that person, and nobody else", async () => {
      const room = newRoom();
      const session = newSession();
      const here = await enter(target, room, { session, name: "Ada" });
      const there = await arrive(target, { session, name: "Ada" });
      const other = await enter(target, room, { name: "Bob" });
      here.say({ type: "rename", name: "Ada L." });
      for (const peer of [here, there]) {
        assert.deepEqual(await peer.hear("renamed"), {
          type: "renamed",
          you: { id: here.id, name: "Ada L." },
        });
      }
      // A hello says a name, too.
      const third = await arrive(target, { session, name: "Countess" });
      for (const peer of [here, there]) assert.equal((await peer.hear("renamed")).you.name, "Countess");
      for (const peer of [third, other]) await peer.hearsNothing();
      assert.equal((await here.tell(room, "hi")).from.name, "Countess");
    });

    it("N5 E4 events keep the name of their time", async () => {
      const room = newRoom();
      const peer = await enter(target, room, { name: "Ada" });
      const first = await peer.tell(room, "one", "a");
      peer.say({ type: "rename", name: "Eve" });
      await peer.hear("renamed");
      await peer.tell(room, "two", "b");
      peer.say({ type: "history", room, limit: 2, ref: "1" });
      const { events } = await peer.hear("page");
      assert.deepEqual(
        events.map(({ from }) => from),
        [
          { id: peer.id, name: "Ada" },
          { id: peer.id, name: "Eve" },
        ],
      );
      assert.deepEqual(await peer.tell(room, "one", "a"), { ...first, again: true });
    });
  });
}
