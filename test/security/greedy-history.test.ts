import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { limits } from "@natter/protocol";
import { connect, enter, newId, newRoom } from "../conformance/peer.ts";
import { Natter } from "../support/natter.ts";
import { target } from "./support/target.ts";

const READERS = 100;
const TEXT = "x".repeat(limits.maxTextBytes);

it("P9 history without end, from a hundred connections of an address: others join and read before half of them have a page", async (t) => {
  await using natter = await Natter.start(["--message-rate", "0", "--trust-proxy", "loopback"]);
  const room = newRoom();
  const writer = await enter(target(natter), room);
  writer.say(...Array.from({ length: 60 }, () => ({ type: "send", room, id: newId(), text: TEXT })));
  await writer.hearAll("event", 60);
  const greedy = await Promise.all(
    Array.from({ length: READERS }, async () => {
      const peer = await connect(target(natter), { headers: { "X-Forwarded-For": "203.0.113.66" } });
      await peer.hello({ name: "Greedy" });
      await peer.join(room);
      return peer;
    }),
  );
  let bytes = 0;
  for (const { socket } of greedy.map(({ raw }) => raw)) socket.on("data", (data) => (bytes += data.length));
  const asks = Array.from({ length: 5 }, (_, index) => ({
    type: "history",
    room,
    limit: 200,
    ref: `${index}`,
  }));
  const begun = Promise.race(greedy.map(({ raw }) => once(raw.socket, "data")));
  for (const peer of greedy) peer.say(...asks);
  await begun;
  const before = bytes;
  const since = performance.now();
  writer.say({ type: "join", room: newRoom() }, { type: "history", room, limit: 200, ref: "mine" });
  await writer.hear("joined", 10_000);
  assert.equal((await writer.hear("page", 10_000)).ref, "mine");
  const pages = (bytes - before) / limits.maxPageBytes;
  t.diagnostic(
    `${Math.round(performance.now() - since)} ms, and ${Math.round(pages)} pages for the greedy meanwhile`,
  );
  assert.ok(pages < READERS / 2, `${pages} pages`);
});
