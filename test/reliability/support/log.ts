// The log as clients can read it and as it lies in the database, and what must be true of it.

import assert from "node:assert/strict";
import { decodeServerFrame, type EventFrame, encodeClientFrame, SUBPROTOCOL } from "@natter/protocol";
import { openSqliteStore } from "../../../packages/server/src/store/sqlite/open.ts";
import { runNatter } from "../../support/natter.ts";
import type { Home } from "./home.ts";
import { type ResumingClient, throwFirstFailure } from "./resuming-client.ts";
import { Wire } from "./wire.ts";

export type Log = ReadonlyMap<string, readonly EventFrame[]>;

const PAGE = 200;

/** Reads all of the rooms as any client may. */
export async function readHistory(port: number, rooms: readonly string[]): Promise<Log> {
  const log = new Map<string, EventFrame[]>(rooms.map((room) => [room, []]));
  const left = [...rooms];
  const done = Promise.withResolvers<void>();
  const ask = (): void => {
    const room = left[0];
    if (room === undefined) {
      done.resolve();
      return;
    }
    const after = log.get(room)!.at(-1)?.seq ?? 0;
    wire.send(encodeClientFrame({ type: "history", room, after, limit: PAGE, ref: "log" }));
  };
  const wire = new Wire({
    port,
    protocol: SUBPROTOCOL,
    onOpen: () => {
      wire.send(encodeClientFrame({ type: "hello", name: "Reader" }));
      for (const room of rooms) wire.send(encodeClientFrame({ type: "join", room }));
      ask();
    },
    onMessage: (payload) => {
      const decoded = decodeServerFrame(payload.toString());
      if (!decoded.ok) return;
      const { frame } = decoded;
      if (frame.type === "error") done.reject(new Error(`history was refused: ${frame.message}`));
      if (frame.type !== "page") return;
      log.get(frame.room)!.push(...frame.events.filter((event) => event.kind === "message"));
      if (!frame.more) left.shift();
      ask();
    },
    onClose: () => done.reject(new Error("the connection ended while history was read")),
  });
  await done.promise;
  wire.cut();
  return log;
}

/** Checks P1 to P6 at the end, when everybody had time to settle: nothing is under way any more. */
export async function checkPromises(
  home: Home,
  rooms: readonly string[],
  clients: readonly ResumingClient[],
) {
  const log = await checkHeard(home.wsPort, rooms, clients);
  for (const client of clients) client.end();
  await home.stop();
  const count = [...log.values()].reduce((sum, events) => sum + events.length, 0);
  await checkDatabase(home.folder, log, count);
  return { log, count };
}

/** Checks them by what history shows at that port. @returns it */
export async function checkHeard(
  port: number,
  rooms: readonly string[],
  clients: readonly ResumingClient[],
): Promise<Log> {
  throwFirstFailure(clients);
  const log = await readHistory(port, rooms);
  for (const [room, events] of log) checkRoom(room, events);
  for (const client of clients) checkClient(client, log);
  return log;
}

function checkRoom(room: string, events: readonly EventFrame[]): void {
  const names = new Set<string>();
  for (const [index, { seq, from, id }] of events.entries()) {
    if (seq !== index + 1) assert.fail(`P2 ${room} is dense from 1: ${seq} stands at ${index + 1}`);
    names.add(`${from.id} ${id}`);
  }
  assert.equal(names.size, events.length, `P3 ${room}: one sender and id are one event`);
}

function checkClient({ model }: ResumingClient, log: Log): void {
  assert.equal(model.unsettled, 0, `P6 ${model.name} knows of all it sent what became of it`);
  for (const room of model.rooms) {
    const events = log.get(room)!;
    const inLog = events.filter(({ from }) => from.id === model.person).map(({ id }) => id);
    const queued = model.queue.filter((each) => each.room === room).map(({ id }) => id);
    assert.deepEqual(inLog, queued, `P1 P3 P4 P6 ${room}: what ${model.name} sent is there once, in order`);
    const held = model.held(room);
    assert.ok(held, `${model.name} was in ${room}`);
    assert.equal(held.resets, 0, `P5 ${model.name} was never reset, for nothing was lost`);
    assert.equal(held.position, events.length, `P5 ${model.name} has all of ${room}`);
    for (const event of held.events) {
      const there = events[event.seq - 1];
      const isSame = there?.id === event.id && there.text === event.text && there.at === event.at;
      if (!isSame) assert.deepEqual(event, there, `P1 P2 ${model.name} has what everybody has`);
    }
  }
}

/** The server is not running any more. */
async function checkDatabase(folder: string, log: Log, count: number): Promise<void> {
  const { out, err, code } = await runNatter(["check", "--data", folder]);
  assert.deepEqual([code, err], [0, ""], out);
  assert.match(
    out,
    new RegExp(`^ok: \\d+ rooms, ${count} events$`),
    "P1 the database has what history showed",
  );
  const store = await openSqliteStore({ dataDir: folder });
  try {
    for (const [room, events] of log) {
      for (let seq = 0; seq < events.length; ) {
        const page = await store.read(room, { after: seq, limit: PAGE });
        const expected = events.slice(seq, seq + page.events.length).map(({ type: _, ...event }) => event);
        assert.deepEqual(page.events, expected, `P2 ${room} on disk is what history showed`);
        assert.notEqual(page.events.length, 0, `P2 ${room} on disk ends too early`);
        seq += page.events.length;
      }
    }
  } finally {
    await store.close();
  }
}
