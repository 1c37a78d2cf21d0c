import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BINARY, type RawClient } from "../support/raw-client.ts";
import { enter, newRoom, newSession, plain, type Target } from "./peer.ts";

export function plainClients(target: Target): void {
  /** The number in `New client (3) connected`, which is the next that somebody hears. */
  async function arrival(listener: RawClient): Promise<string> {
    const line = await listener.next();
    const number = /^New client \((\d+)\) connected$/.exec(line)?.[1];
    assert.ok(number, line);
    return number;
  }

  describe("Plain clients", { concurrency: true }, () => {
    it("B1 a plain client hears who comes, what others say, and who leaves, and nothing of its own", async () => {
      const path = `/${newRoom()}`;
      const one = await plain(target, path);
      const two = await plain(target, path);
      const number = await arrival(one);
      two.send("hi");
      assert.equal(await one.next(), `Client (${number}) : hi`);
      const three = await plain(target, path);
      const third = await arrival(one);
      assert.equal(Number(third) > Number(number), true);
      assert.equal(await arrival(two), third);
      three.vanish();
      for (const client of [one, two]) assert.equal(await client.next(), `Client (${third}) left`);
      await two.leave();
      assert.equal(await one.next(), `Client (${number}) left`);
    });

    it("B2 each connection is a new person, plain in frames, by its number or the name in its URL", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const ids = new Set<string>();
      for (const query of ["", "", "?name=%20Ad%C3%A1%20", "?name="]) {
        const guest = await plain(target, `/${room}${query}`);
        guest.send("hi");
        const { from } = await peer.hear("event");
        assert.match(from.id, /^[A-Za-z0-9_-]{22}$/);
        assert.equal(from.plain, true);
        assert.match(from.name, query === "?name=%20Ad%C3%A1%20" ? /^Adá$/ : /^\d+$/);
        const { joined } = await peer.presence(
          (frame) => frame.joined?.some(({ id }) => id === from.id) === true,
        );
        assert.deepEqual(
          joined?.find(({ id }) => id === from.id),
          from,
        );
        ids.add(from.id);
        await guest.leave();
      }
      assert.equal(ids.size, 4);
    });

    it("B3 T1 people of natter.v1 stand there by name, and leave 10 s after their last connection is lost", async () => {
      const [room, session] = [newRoom(), newSession()];
      const guest = await plain(target, `/${room}`);
      const ada = await enter(target, room, { session });
      assert.equal(await guest.next(), "New client (Ada) connected");
      await ada.tell(room, "hi");
      assert.equal(await guest.next(), "Client (Ada) : hi");
      const tab = await enter(target, room, { session });
      ada.raw.vanish();
      await tab.tell(room, "still here");
      assert.equal(await guest.next(), "Client (Ada) : still here");
      tab.raw.vanish();
      // Back within ten seconds, as after a reload: nobody is told.
      const back = await enter(target, room, { session });
      await back.tell(room, "back");
      assert.equal(await guest.next(), "Client (Ada) : back");
      const since = performance.now();
      back.raw.vanish();
      assert.equal(await guest.next(20_000), "Client (Ada) left");
      const waitedMs = performance.now() - since;
      assert.ok(waitedMs > 9_500 && waitedMs < 15_000, `left after ${waitedMs} ms`);
      await enter(target, room, { session });
      assert.equal(await guest.next(), "New client (Ada) connected");
    });

    it("B3 R6 T1 leave is told at once, when the last connection in the room leaves", async () => {
      const [room, session] = [newRoom(), newSession()];
      const guest = await plain(target, `/${room}`);
      const [one, two] = [await enter(target, room, { session }), await enter(target, room, { session })];
      assert.equal(await guest.next(), "New client (Ada) connected");
      // Where each is on another node, all hear that the second came before they hear what it says, whatever the first does.
      await two.tell(room, "here");
      await one.hear("event");
      assert.equal(await guest.next(), "Client (Ada) : here");
      one.say({ type: "leave", room });
      await one.hear("left");
      await two.tell(room, "hi");
      assert.equal(await guest.next(), "Client (Ada) : hi");
      const since = performance.now();
      two.say({ type: "leave", room });
      assert.equal(await guest.next(), "Client (Ada) left");
      assert.ok(performance.now() - since < 5_000);
    });

    it("B4 nobody speaks for another by the brackets in their name", async () => {
      const room = newRoom();
      const guest = await plain(target, `/${room}`);
      const name = "3) : bye (";
      const ada = await enter(target, room, { name });
      assert.equal(await guest.next(), "New client (3] : bye [) connected");
      assert.equal((await ada.tell(room, "(hi)")).from.name, name);
      assert.equal(await guest.next(), "Client (3] : bye [) : (hi)");
      ada.say({ type: "leave", room });
      assert.equal(await guest.next(), "Client (3] : bye [) left");
    });

    it("B5 a line is stored as it came, even what send refuses", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const [guest, other] = [await plain(target, `/${room}`), await plain(target, `/${room}`)];
      const number = await arrival(guest);
      const lines = [
        "",
        " ",
        "a\u0000\u001b[2J\r\n",
        '{"type":"hello"}',
        "x".repeat(8_192),
        "é".repeat(4_096),
      ];
      for (const line of lines) other.send(line);
      assert.deepEqual(
        (await peer.hearAll("event", lines.length)).map(({ text }) => text),
        lines,
      );
      const shown = (line: string) => line.replace("a\u0000\u001b[2J\r\n", "a␀␛[2J\r\n");
      assert.deepEqual(
        await guest.take(lines.length),
        lines.map((line) => `Client (${number}) : ${shown(line)}`),
      );
    });

    it("B4 nobody speaks for another by a line break in their text", async () => {
      const room = newRoom();
      const guest = await plain(target, `/${room}`);
      const ada = await enter(target, room);
      await guest.next();
      for (const lineBreak of ["\n", "\u2028", "\u2029"]) {
        const text = `hi${lineBreak}Client (3) : bye`;
        assert.equal((await ada.tell(room, text)).text, text);
        assert.equal(await guest.next(), "Client (Ada) : hi ↵ Client (3) : bye");
      }
      for (const text of ["a\tb c", "two\nlines", "a list:\n\n- Client side\n- New clients"]) {
        await ada.tell(room, text);
        assert.equal(await guest.next(), `Client (Ada) : ${text}`);
      }
    });

    it("B6 a line over 8,192 bytes closes with 1009, a binary message with 1003", async () => {
      const path = `/${newRoom()}`;
      for (const line of ["x".repeat(8_193), "é".repeat(4_097), "x".repeat(70_000)]) {
        const guest = await plain(target, path);
        guest.send(line);
        assert.equal((await guest.closed).code, 1009);
      }
      const guest = await plain(target, path);
      guest.sendFrame(Buffer.from("hi"), { opcode: BINARY });
      assert.equal((await guest.closed).code, 1003);
    });

    it("B7 a plain client may listen without a word for longer than a hello may take", async () => {
      const room = newRoom();
      const guest = await plain(target, `/${room}`);
      // Somebody comes and is lost: that takes ten seconds to be told, and one more is past all doubt.
      const ada = await enter(target, room);
      await guest.next();
      ada.raw.vanish();
      assert.equal(await guest.next(20_000), "Client (Ada) left");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const bob = await enter(target, room, { name: "Bob" });
      await bob.tell(room, "hi");
      assert.deepEqual(await guest.take(2), ["New client (Bob) connected", "Client (Bob) : hi"]);
    });
  });
}
