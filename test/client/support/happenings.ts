// What may happen in a schedule, and how often.

import assert from "node:assert/strict";
import { FINE } from "../../../packages/server/src/simulation/fake-disk.ts";
import { SOUND } from "./fake-storage.ts";
import type { Person } from "./person.ts";
import type { Tab } from "./tab.ts";
import { ROOMS, type World } from "./world.ts";

const MAX_TABS = 3;
const HOUR_MS = 3_600_000;

export type Scene = {
  readonly world: World;
  readonly person: Person;
  readonly tab: Tab;
  /** Logs may be rolled back. */
  readonly mayRollBack: boolean;
};

type Happening = readonly [weight: number, what: string, happen: (scene: Scene) => unknown];

const HAPPENINGS: readonly Happening[] = [
  [30, "said", say],
  [
    5,
    "cut",
    ({ tab, world }) => tab.sockets.connection?.cut(world.random.pick([1006, 1001, 1011, 1012, 1013])),
  ],
  [1, "sent away", ({ tab }) => tab.sockets.connection?.cut(1008)],
  [4, "half open", ({ tab }) => tab.sockets.connection?.goHalfOpen()],
  [4, "stalled", stall],
  [6, "unstalled", ({ tab }) => tab.sockets.connection?.unstall()],
  [5, "weather of the disk", diskWeather],
  [5, "weather of a storage", storageWeather],
  [3, "crash", crash],
  [1, "stop", stop],
  [8, "open tab", ({ person }) => person.tabs.length < MAX_TABS && person.openTab()],
  [5, "close tab", ({ person, tab }) => person.closeTab(tab)],
  [3, "crowd", ({ world }) => world.server?.crowd()],
  [5, "network", network],
  [3, "clock moved", moveClock],
  [3, "sleep", ({ tab }) => tab.device.sleep()],
  [6, "wake", ({ tab, world }) => tab.device.wake(world.random.pick([0, 10_000, HOUR_MS]))],
  [5, "take back", takeBack],
  [2, "give up", giveUp],
  [2, "send again", sendAgain],
  [6, "mark read", ({ tab, world }) => anyRoom(tab, world).room.markRead()],
  [3, "leave", leave],
  [5, "enter", enter],
  [5, "history", history],
  [6, "load older", ({ tab, world }) => tab.ask("loadOlder", () => anyRoom(tab, world).timeline.loadOlder())],
  [3, "rename", rename],
  [2, "rooms", ({ tab }) => tab.ask("rooms", () => tab.chat.rooms())],
  [4, "type", ({ tab, world }) => anyRoom(tab, world).room.type()],
  [1, "lull", ({ world }) => world.pass(12_000)],
];

const TOTAL = HAPPENINGS.reduce((sum, [weight]) => sum + weight, 0);

export async function somethingHappens(scene: Scene): Promise<void> {
  let draw = scene.world.random.between(1, TOTAL);
  for (const [weight, what, happen] of HAPPENINGS) {
    draw -= weight;
    if (draw > 0) continue;
    scene.world.count(what);
    await happen(scene);
    return;
  }
}

/** Everything works again. */
export function heal(world: World, people: readonly Person[]): void {
  world.unreachable = 0;
  if (world.server !== undefined) world.server.disk.weather = FINE;
  for (const person of people) {
    person.profile.weather = SOUND;
    if (person.tabs.length === 0) person.openTab();
    for (const { device } of person.tabs) {
      device.isOnline = true;
      device.wake(0);
    }
  }
}

function anyRoom(tab: Tab, { random }: World) {
  return tab.rooms.get(random.pick(ROOMS))!;
}

function say({ tab, world }: Scene): void {
  for (let count = world.random.between(1, 6); count > 0; count--) {
    const known = anyRoom(tab, world);
    world.count("messages");
    const text = `${world.counts.messages} ${"x".repeat(world.random.between(1, 80))}`;
    if (known.isWanted) tab.said.push(known.room.post(text));
    else assert.throws(() => known.room.post(text), { code: "left" });
  }
}

function stall({ tab }: Scene): void {
  if (tab.sockets.connection) tab.sockets.connection.isStalled = true;
}

function diskWeather({ world: { random, server }, world }: Scene): void {
  world.unreachable = random.pick([0, 0, 0.7]);
  if (server === undefined) return;
  server.disk.weather = {
    refuse: random.pick([0, 0, 0.5]),
    loseAnswer: random.pick([0, 0, 0.5]),
    failRead: random.pick([0, 0, 0.3]),
    busy: random.pick([0, 0, 0.3]),
  };
}

function storageWeather({ person, world: { random } }: Scene): void {
  const weather = { refuse: random.pick([0, 0, 0.5, 1]), loseAnswer: random.pick([0, 0, 0.5]) };
  person.profile.weather = weather.refuse + weather.loseAnswer === 0 ? SOUND : weather;
}

async function crash({ world, mayRollBack }: Scene): Promise<void> {
  await world.crash();
  if (mayRollBack && world.random.chance(0.5)) {
    world.count("rolled back");
    await world.rollBack();
  }
  world.start();
}

async function stop({ world }: Scene): Promise<void> {
  world.server?.stop();
  await world.pass(100);
  await world.crash();
  world.start();
}

function network({ tab: { device }, world: { random } }: Scene): void {
  device.isOnline = random.chance(0.7);
  device.happen(random.pick(["online", "offline", "visible"]));
}

function moveClock({ world }: Scene): void {
  world.clock.wallOffsetMs += world.random.pick([-HOUR_MS, HOUR_MS]);
}

function takeBack({ tab, world, person }: Scene): void {
  const waiting = tab.said.filter(({ state }) => state.kind === "waiting");
  if (waiting.length === 0) return;
  const message = world.random.pick(waiting);
  const codes = ["outcome_unknown", "storage_failed"];
  tab.ask("takeBack", () => message.takeBack(), codes);
  message.on("change", ({ kind }) => kind === "failed" && person.open.add(message.id));
}

function giveUp({ tab, world, person }: Scene): void {
  const pending = tab.said.filter(({ isPending }) => isPending);
  if (pending.length === 0) return;
  const message = world.random.pick(pending);
  person.open.add(message.id);
  message.giveUp();
}

function sendAgain({ tab, world }: Scene): void {
  const failed = tab.said.filter(({ state }) => state.kind === "failed");
  if (failed.length > 0) world.random.pick(failed).sendAgain();
}

function leave({ tab, world, person }: Scene): void {
  const known = anyRoom(tab, world);
  for (const { id } of known.room.messages) person.open.add(id);
  person.hasLeft.add(known.room.name);
  tab.ask("leave", () => known.leave());
}

function enter({ tab, world }: Scene): void {
  const known = anyRoom(tab, world);
  if (!known.isWanted) known.enter(world.random.pick(["start", "end"]));
}

function history({ tab, world: { random }, world }: Scene): void {
  const known = anyRoom(tab, world);
  const limit = random.between(1, 9);
  const where = random.pick([{}, { before: random.between(1, 40) }, { after: random.between(0, 40) }]);
  tab.ask("history", async () => {
    const { events, range } = await known.room.history({ ...where, limit });
    assert.ok(events.length <= limit);
    for (const [index, { seq }] of events.entries())
      assert.equal(seq, range![0] + index, "Y1 a page has no gaps");
    if (where.before !== undefined && range) assert.ok(range[1] < where.before);
    if (where.after !== undefined && range) assert.equal(range[0], where.after + 1);
  });
}

/** By a name that is none as well: the old one stays then. */
function rename({ tab, world, person }: Scene): void {
  const name = world.random.chance(0.7) ? `${person.name} ${world.random.between(1, 9)}` : "123";
  tab.ask("rename", () => tab.chat.rename(name), ["bad_name"]);
}
