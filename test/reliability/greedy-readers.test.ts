import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { limits, SUBPROTOCOL } from "@natter/protocol";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { eventually } from "./support/eventually.ts";
import { Home, megabytes, residentBytes } from "./support/home.ts";
import { ResumingClient, throwFirstFailure } from "./support/resuming-client.ts";
import { Wire } from "./support/wire.ts";

const TEXT = "x".repeat(limits.maxTextBytes);
/** Three times what was measured: 48 MB for the pages of ten readers, 88 MB for the rooms of five. */
const MOST_BYTES = { pages: 150 * 1024 * 1024, rooms: 260 * 1024 * 1024 };

describe("greedy readers", () => {
  it("P7 cannot fill the server's memory with pages that they ask for and do not take", async (t) => {
    const readers = 10;
    const asks = 400;
    await using home = await Home.start();
    const random = new Random(1);
    const writer = new ResumingClient({ name: "writer", rooms: ["big"], port: home.wsPort, random });
    const wires: Wire[] = [];
    try {
      for (let n = 0; n < 4; n++) {
        writer.sendUpTo(16, () => TEXT);
        await eventually(() => writer.isSettled, "the acknowledgements");
      }
      const bytesBefore = await residentBytes(home.pid);
      let pages = 0;
      for (let n = 0; n < readers; n++) {
        const wire: Wire = new Wire({
          port: home.wsPort,
          protocol: SUBPROTOCOL,
          onOpen: () => {
            wire.send('{"type":"hello","name":"Greedy"}');
            wire.send('{"type":"join","room":"big"}');
            const ask = '{"type":"history","room":"big","limit":200,"ref":"r"}';
            for (let count = 0; count < asks; count++) wire.send(ask);
            wire.socket.pause();
          },
          onMessage: (payload) => {
            if (payload.toString("latin1", 0, 20).startsWith('{"type":"page"')) pages++;
          },
        });
        wires.push(wire);
      }
      const most = await risesTo(home.pid, bytesBefore);
      assert.ok(most < MOST_BYTES.pages, `P7 it took ${megabytes(most)} more`);
      for (const { socket } of wires) socket.resume();
      await eventually(
        () => pages === readers * asks,
        () => `all pages: ${pages}`,
        30_000,
      );
      t.diagnostic(`${megabytes(most)} more memory for ${readers * asks} pages of 256 KiB that nobody took`);
    } finally {
      writer.end();
      for (const wire of wires) wire.cut();
    }
  });

  it("P7 cannot fill it by falling behind in 50 rooms at once, and miss nothing", async (t) => {
    const rooms = Array.from({ length: 50 }, (_, index) => `room-${index}`);
    const eventsEach = 150;
    const greedy = 5;
    await using home = await Home.start();
    const common = { rooms, port: home.wsPort, random: new Random(1) };
    const writer = new ResumingClient({ ...common, name: "writer" });
    const readers = Array.from(
      { length: greedy },
      (_, n) => new ResumingClient({ ...common, name: `r${n}` }),
    );
    const isIn = ({ model }: ResumingClient): boolean => rooms.every((room) => model.held(room)?.isJoined);
    const eventsOf = ({ model }: ResumingClient): number =>
      rooms.reduce((sum, room) => sum + (model.held(room)?.position ?? 0), 0);
    try {
      await eventually(() => [writer, ...readers].every(isIn), "everybody to be in all rooms");
      for (const { wire } of readers) wire?.socket.pause();
      const bytesBefore = await residentBytes(home.pid);
      for (let n = 0; n < eventsEach; n++) {
        for (const room of rooms) writer.say(room, TEXT);
        await eventually(() => writer.isSettled, "the acknowledgements");
      }
      // Each takes what waits for it, so that all its rooms go on, and then no more.
      const enough = eventsOf(readers[0]!) + 8 * 128;
      for (const { wire } of readers) wire?.socket.resume();
      await eventually(() => {
        for (const reader of readers) if (eventsOf(reader) > enough) reader.wire?.socket.pause();
        throwFirstFailure(readers);
        return readers.every((reader) => eventsOf(reader) > enough);
      }, "the readers to take something");
      const most = await risesTo(home.pid, bytesBefore);
      assert.ok(most < MOST_BYTES.rooms, `P7 it took ${megabytes(most)} more`);
      for (const { wire } of readers) wire?.socket.resume();
      const hasAll = (reader: ResumingClient): boolean => eventsOf(reader) === rooms.length * eventsEach;
      await eventually(
        () => readers.every((reader) => hasAll(reader) || reader.failure !== undefined),
        "P5",
        30_000,
      );
      throwFirstFailure(readers);
      t.diagnostic(`${megabytes(most)} more memory for ${greedy} readers in ${rooms.length} rooms`);
    } finally {
      for (const client of [writer, ...readers]) client.end();
    }
  });
});

/** What a process takes more than before, in bytes, once it has taken no more for a second. */
async function risesTo(pid: number, bytesBefore: number): Promise<number> {
  let most = 0;
  for (let quiet = 0; quiet < 10; quiet++) {
    await pause(100);
    const bytes = (await residentBytes(pid)) - bytesBefore;
    if (bytes > most + 4 * 1024 * 1024) quiet = 0;
    most = Math.max(most, bytes);
  }
  return most;
}
