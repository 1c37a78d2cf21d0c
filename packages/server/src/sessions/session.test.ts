import assert from "node:assert/strict";
import { it } from "node:test";
import { MessageRate } from "../access/message-rate.ts";
import type { Chat } from "../chat.ts";
import { type Connection, systemClock as clock } from "../ports.ts";
import { People } from "./people.ts";
import { Session } from "./session.ts";

it("M3 what comes behind a flood is not even read", async (t) => {
  const opened = Promise.withResolvers<never>();
  const chat = {
    ...{ clock, rate: new MessageRate(1), report: () => {} },
    people: new People({ publish: async () => 0, subscribe: async () => () => {} } as never),
    rooms: { lease: () => opened.promise },
  } as unknown as Chat;
  let code: number | undefined;
  const connection = {
    ...{ id: 1, address: "192.0.2.1", isOpen: true, waitingBytes: 0, mayWaitBytes: 1_000 },
    ...{ send: () => {}, pause: () => {}, resume: () => {} },
    close: (given: number) => {
      code ??= given;
    },
  } as unknown as Connection;
  const session = new Session(chat, connection);
  for (const frame of [
    { type: "hello", name: "Mallory" },
    { type: "join", room: "den" },
  ]) {
    session.receive(JSON.stringify(frame));
  }
  const parse = t.mock.method(JSON, "parse");
  // All of it is here before the join is done, and the first of it is a burst and another one.
  for (let count = 0; count < 200; count++) session.receive('{"type":"ping"}');
  opened.reject(new Error("the room does not open"));
  await new Promise(setImmediate);
  assert.equal(code, 1008);
  assert.ok(parse.mock.callCount() <= 20, `${parse.mock.callCount()} were read`);
  session.end();
});
