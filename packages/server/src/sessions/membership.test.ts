import assert from "node:assert/strict";
import { it, mock } from "node:test";
import { type Connection, systemClock as clock } from "../ports.ts";
import type { Lease } from "../rooms/rooms.ts";
import type { RoomPage } from "../store/store.ts";
import { Membership } from "./membership.ts";
import { Turns } from "./turns.ts";

it("a mistake behind what is sent to one who catches up ends that connection, and nothing else", async () => {
  const mistake = new Error("a mistake");
  const connection = {
    isOpen: true,
    send: () => {
      throw mistake;
    },
  } as unknown as Connection;
  const room = { name: "lobby", delivered: 1, isSure: true };
  const from = { id: "ada", name: "Ada" };
  const event = { kind: "message", room: "lobby", seq: 1, id: "m1", at: 1, from, text: "hi" } as const;
  const page: RoomPage = { head: 1, first: 1, events: [event] };
  const failed = Promise.withResolvers<unknown>();
  const onLiveAgain = mock.fn();
  const membership = new Membership({
    connection,
    lease: { room, release: () => {} } as unknown as Lease,
    turns: new Turns(),
    readPage: async () => page,
    clock,
    onTrimmed: () => assert.fail("nothing was trimmed"),
    onLiveAgain,
    onFailed: failed.resolve,
  });
  membership.start(0);
  assert.equal(await failed.promise, mistake);
  assert.equal(onLiveAgain.mock.callCount(), 0);
});
