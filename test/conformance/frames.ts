import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { encode, rawExchange } from "../support/raw-client.ts";
import { arrive, connect, enter, newId, newRoom, type Target } from "./peer.ts";
import { clientVectors, type FrameVector } from "./vectors.ts";

export function frames(target: Target): void {
  describe("Frames", { concurrency: true }, () => {
    it("F1 F2 F3 F5 F7 F8 every broken vector gets its error code, and the connection stays open", async () => {
      const room = newRoom();
      const guest = await enter(target, room);
      for (const vector of clientVectors(room)) {
        if (vector.error === undefined) continue;
        const isHello = /"type"\s*:\s*"hello"/.test(vector.message);
        // Who has not said hello yet is bounded in bytes.
        const isEarly = isHello && vector.message.length < 200;
        const peer = isEarly ? await connect(target) : guest;
        peer.raw.send(vector.message);
        const { code, ref, room: where, message, retry } = await answerTo(peer.hear("error"), vector);
        const { error, name } = vector;
        assert.deepEqual([code, ref, where], [error, vector.ref, vector.room], name);
        assert.equal(retry, false, name);
        assert.notEqual(message, "", name);
        if (isEarly) await peer.hello();
        else await peer.hearsNothing();
      }
    });

    it("F1 F2 F5 F7 every sound vector is understood", async () => {
      const room = newRoom();
      const filler = await enter(target, room);
      // So that a read position of 43 is one.
      while ((await filler.tell(room, "hi")).seq < 44);
      for (const vector of clientVectors(room)) {
        if (vector.frame !== undefined) await understands(target, vector, vector.frame, filler.session);
      }
    });

    it("F3 the message of bad_frame names the field", async () => {
      const peer = await arrive(target);
      const room = newRoom();
      for (const [frame, field] of [
        [{ type: "send", room, id: "a" }, "text"],
        [{ type: "send", room, id: 7, text: "hi" }, "id"],
        [{ type: "history", room, limit: "7", ref: "a" }, "limit"],
        [{ type: "ping", ref: null }, "ref"],
        [{ type: "rename" }, "name"],
      ] as const) {
        peer.say(frame);
        assert.match((await peer.refused("bad_frame")).message, new RegExp(`\\b${field}\\b`));
      }
    });

    it("F2 F9 frames have only the flags that are true, and no field that is null", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      const event = await peer.tell(room, "hi", "a");
      assert.deepEqual(Object.keys(event), ["type", "kind", "room", "seq", "at", "id", "from", "text"]);
      assert.deepEqual(Object.keys(event.from), ["id", "name"]);
      const retried = await peer.tell(room, "hi", "a");
      assert.deepEqual(retried, { ...event, again: true });
      for (const value of Object.values(peer.joined)) assert.notEqual(value, null);
    });

    it("F5 whatever comes, garbage or broken WebSocket, ends in a typed error or a close code", async () => {
      const broken = [
        [encode(Buffer.from([0xc3, 0x28])), 1007],
        [encode(Buffer.from("{}"), { rsv: 4 }), 1002],
        [encode(Buffer.from("{}"), { mask: false }), 1002],
        [encode(Buffer.from("{}"), { opcode: 0 }), 1002],
        [encode(Buffer.from("{}"), { opcode: 5 }), 1002],
        [encode(Buffer.alloc(126), { opcode: 9 }), 1002],
        [encode(Buffer.from([0x03, 0xed]), { opcode: 8 }), 1002],
      ] as const;
      for (const [bytes, code] of broken) {
        const peer = await arrive(target);
        peer.raw.socket.write(bytes);
        assert.equal((await peer.closing()).code, code);
      }
      const peer = await arrive(target);
      for (let count = 0; count < 50; count++) {
        peer.raw.send(randomBytes(40).toString("latin1"));
        await peer.refused("bad_frame");
      }
      for (const text of ["[", '{"type":', "\u0000", '"', "\\", '{"type":"send","room":{"room":']) {
        peer.raw.send(text.repeat(2_000));
        await peer.refused("bad_frame");
      }
      const garbage = await rawExchange(target.port, "natter\r\n\r\n", target.host);
      assert.equal(garbage.status, 400);
    });

    it("F5 P9 pieces of a message without end are cut off with 1008", async () => {
      const peer = await arrive(target);
      peer.raw.sendFrame(Buffer.from('{"type":'), { fin: false });
      for (let count = 0; count < 200; count++) {
        peer.raw.sendFrame(Buffer.from(" "), { fin: false, opcode: 0 });
      }
      assert.equal((await peer.closing()).code, 1008);
    });

    it("F1 a frame may come in pieces, and is one all the same", async () => {
      const peer = await arrive(target);
      peer.raw.sendFrame(Buffer.from('{"type":"ping",'), { fin: false });
      peer.raw.sendFrame(Buffer.from('"ref":"'), { fin: false, opcode: 0 });
      // In the middle of a letter, too.
      peer.raw.sendFrame(Buffer.from([0xc3]), { fin: false, opcode: 0 });
      peer.raw.sendFrame(Buffer.from([0xa9, ...Buffer.from('"}')]), { opcode: 0 });
      assert.equal((await peer.hear("pong")).ref, "é");
    });

    it("F6 frames of a connection are answered in the order in which they came", async () => {
      const room = newRoom();
      const peer = await arrive(target);
      peer.say(
        ...[
          { type: "rooms", ref: "1" },
          { type: "join", room },
          { type: "ping", ref: "2" },
        ],
        ...[{ type: "history", room, limit: 5, ref: "3" }, { type: "rename", name: "Eve" }, { type: "cake" }],
        ...[
          { type: "read", room, seq: 0 },
          { type: "leave", room },
          { type: "ping", ref: "4" },
        ],
      );
      for (const type of "rooms joined pong page renamed error read left pong".split(" ")) {
        await peer.hear(type);
      }
    });

    it("F8 a ref comes back as it was, 64 UTF-16 units of any text", async () => {
      const room = newRoom();
      const peer = await enter(target, room);
      for (const ref of ["0", " ", "é".repeat(64), "😀".repeat(32), '"\\\n\u0000', "__proto__"]) {
        peer.say({ type: "ping", ref }, { type: "rooms", ref }, { type: "history", room, limit: 1, ref });
        for (const type of ["pong", "rooms", "page"]) assert.equal((await peer.hear(type)).ref, ref);
        peer.say({ type: "history", room: newRoom(), limit: 1, ref });
        assert.equal((await peer.refused("not_joined")).ref, ref);
      }
      peer.say({ type: "ping" });
      assert.deepEqual(await peer.hear("pong"), { type: "pong" });
    });

    it("F8 the ref of a refused send is its id, and the error names the room", async () => {
      const [room, id] = [newRoom(), newId()];
      const peer = await arrive(target);
      peer.say({ type: "send", room, id, text: "hi", ref: "7" });
      const { message, ...error } = await peer.refused("not_joined");
      assert.deepEqual(error, { type: "error", code: "not_joined", retry: true, ref: id, room });
      assert.notEqual(message, "");
    });
  });
}

/** Answers with the vector's name where there was none. */
async function answerTo<T>(answer: Promise<T>, { name }: FrameVector): Promise<T> {
  return await answer.catch((error) => {
    throw new Error(`no answer to the vector "${name}"`, { cause: error });
  });
}

/** Each sound vector on a connection of its own, in the room that it names; `reader` has all of its room to read. */
async function understands(
  target: Target,
  vector: FrameVector,
  frame: Record<string, unknown>,
  reader: string,
): Promise<void> {
  const { name, message } = vector;
  const room = frame.room as string;
  if (frame.type === "hello") {
    const peer = await connect(target);
    peer.raw.send(message);
    const { you, session } = await answerTo(peer.hear("welcome"), vector);
    assert.equal(you.name, frame.name, name);
    if (frame.session !== undefined) assert.equal(session, frame.session, name);
    return await peer.leave();
  }
  const needsRoom = room !== undefined && frame.type !== "join";
  const person = frame.type === "read" ? { session: reader } : {};
  const peer = needsRoom ? await enter(target, room, person) : await arrive(target);
  const answerOf: Record<string, string> = {
    ...{ join: "joined", leave: "left", send: "event", history: "page", read: "read" },
    ...{ rename: "renamed", rooms: "rooms", ping: "pong" },
  };
  peer.raw.send(message);
  // Of skip and typing nothing is heard.
  if (answerOf[frame.type as string] === undefined) return await peer.hearsNothing();
  // No log is so long, or has this epoch: a reset comes first, and says as well that the frame was understood.
  if (frame.type === "join" && ((frame.since as number) ?? 0) > 0) await peer.hear("reset");
  const answer = await answerTo(peer.hear(answerOf[frame.type as string]!), vector);
  const { room: where, ref, id, text } = answer;
  const echoed: Record<string, unknown> = { room: where, ref, id, text };
  for (const field of ["room", "ref", "id", "text"]) {
    if (frame[field] !== undefined) assert.deepEqual(echoed[field], frame[field], name);
  }
  if (frame.type === "rename") assert.equal(answer.you.name, frame.name, name);
  if (frame.type === "read") assert.ok(answer.seq >= (frame.seq as number), name);
  await peer.leave();
}
