// What must hold when everything works again and all is quiet.

import assert from "node:assert/strict";
import type { Message } from "@natter/client";
import { checkLog } from "../../../packages/server/src/simulation/log.ts";
import type { StoredEvent } from "../../../packages/server/src/store/store.ts";
import type { KnownRoom } from "./known-room.ts";
import type { Person } from "./person.ts";
import type { Tab } from "./tab.ts";
import { ROOMS, type World } from "./world.ts";

export async function judge(world: World, people: readonly Person[]): Promise<void> {
  for (const person of people) {
    const names = new Set(person.tabs.map(({ chat }) => `${chat.you?.id} ${chat.you?.name}`));
    assert.equal(names.size, 1, `I4 N5 ${person.name} is one person, by one name: ${[...names]}`);
    for (const { open } of person.tabs) assert.deepEqual([...open], [], "whatever was asked is answered");
    assert.deepEqual(await person.unsettled(), [], `P6 nothing of ${person.name} is left in the storage`);
  }
  for (const room of ROOMS) {
    const log = await world.log(room);
    world.count("events", log.length);
    checkLog(room, log);
    checkTakenBack(people, log);
    for (const person of people) {
      for (const tab of person.tabs) await checkKnown(world, tab.rooms.get(room)!, log);
      for (const tab of [...person.tabs, ...person.gone]) checkSaid(world, person, tab, room, log);
      await checkRead(world, person, room, log.length);
    }
  }
}

/** P6 What was taken back is not there, and never was. */
export function checkTakenBack(people: readonly Person[], log: readonly StoredEvent[]): void {
  const ids = new Set(log.map(({ id }) => id));
  for (const { tabs, gone } of people) {
    for (const message of [...tabs, ...gone].flatMap(({ said }) => said)) {
      if (message.state.kind !== "taken back") continue;
      assert.ok(!ids.has(message.id), `P6 ${describe(message)} never comes`);
    }
  }
}

async function checkKnown(world: World, known: KnownRoom, log: readonly StoredEvent[]): Promise<void> {
  const { room, timeline, events, resets } = known;
  world.count("resets", resets);
  if (!known.isWanted) return;
  assert.equal(room.state.kind, "joined");
  assert.equal(room.position?.seq, log.length, `P5 all of ${room.name} came`);
  if (events.length > 0) assert.equal(events.at(-1)?.seq, log.length);
  const { seq, unread } = room.read;
  assert.equal(unread, log.length - seq, `D1 as many are unread in ${room.name} as stand behind ${seq}`);
  for (let more = true; more; ) {
    const loading = timeline.loadOlder();
    await world.pass(200);
    more = await loading;
  }
  known.look();
  for (const told of [timeline.events, events]) {
    if (told.length === 0) continue;
    const stored = log.slice(told[0]!.seq - 1).map((event) => ({ type: "event", ...event, room: room.name }));
    assert.deepEqual(told, stored, `P2 everybody has the same ${room.name}`);
  }
  if (log.length > 0)
    assert.equal(timeline.events[0]?.seq, 1, `Y3 ${room.name} can be read from its beginning`);
}

function checkSaid(world: World, person: Person, tab: Tab, room: string, log: readonly StoredEvent[]): void {
  const seqs = new Map(log.map(({ id, seq }) => [id, seq]));
  const isAlive = person.tabs.includes(tab);
  let before = 0;
  for (const message of tab.said.filter((each) => each.room === room)) {
    const { id, state } = message;
    if (state.kind === "taken back") world.count("taken back");
    if (state.kind === "taken back" || world.lost.has(id)) continue;
    const seq = seqs.get(id);
    const what = `${person.name}'s ${describe(message)}`;
    if (isAlive && state.kind !== "failed") assert.equal(state.kind, "durable", `P6 ${what} is stored`);
    if (state.kind === "durable")
      assert.equal(seq, state.event.seq, `P1 ${what} is where it was acknowledged`);
    if (person.open.has(id)) continue;
    assert.ok(!(isAlive && state.kind === "failed"), `P6 ${what} was given up by nobody`);
    if (person.left.has(id)) assert.ok(seq !== undefined, `P6 ${what} was kept, so it is stored`);
    if (seq === undefined) continue;
    if (!isAlive && state.kind !== "durable") world.count("sent by another tab");
    assert.ok(seq > before, `P4 ${what} stands behind what was said before it`);
    before = seq;
  }
}

/** D2 D3 What is read in one tab is read in all. */
async function checkRead(world: World, person: Person, name: string, head: number): Promise<void> {
  const rooms = person.tabs.map(({ rooms }) => rooms.get(name)!).filter(({ isWanted }) => isWanted);
  // Where another tab left it, a position began anew of which nobody was told.
  const readers = person.hasLeft.has(name) ? rooms : rooms.slice(0, 1);
  for (const { room } of readers) room.markRead();
  await world.pass(3_000);
  for (const { room } of rooms) assert.deepEqual(room.read, { seq: head, unread: 0 }, `D3 ${name} is read`);
}

function describe({ state, text }: Message): string {
  return `${text.slice(0, 8)} (${state.kind === "failed" ? `failed: ${state.error.code}` : state.kind})`;
}
