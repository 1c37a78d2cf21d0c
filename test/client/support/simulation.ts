// The client's own logic against the server's own logic, over a network, disks, storages and a clock in which everything
// goes wrong that can, as a seed says.
//
//   world.ts, fake-*.ts     the server, the network, and what a tab runs on
//   person.ts, tab.ts       those who chat; known-room.ts looks at what they are told all the while
//   happenings.ts           what happens to them
//   verdict.ts              what must hold in the end

import { heal, somethingHappens } from "./happenings.ts";
import { Person } from "./person.ts";
import { checkTakenBack, judge } from "./verdict.ts";
import { World } from "./world.ts";

const PEOPLE = 3;
const STEPS = 60;
const MAX_STEP_MS = 120;
/** Messages a second in every third schedule, where clients have to hold back; unlimited in the others. */
const MESSAGES_PER_SECOND = 4;

/** @throws an assertion when a promise was broken */
export async function simulate(
  seed: number,
  options: { rollback?: boolean } = {},
): Promise<Record<string, number>> {
  const world = new World(seed, seed % 3 === 0 ? MESSAGES_PER_SECOND : 0);
  const { random } = world;
  const people = Array.from({ length: PEOPLE }, (_, index) => new Person(world, `p${index}`));
  const look = () => {
    for (const { tabs } of people) for (const tab of tabs) tab.look();
  };
  world.onRollBack = (_, log) => checkTakenBack(people, log);
  for (const person of people) person.openTab();
  for (let step = 0; step < STEPS; step++) {
    const person = random.pick(people);
    if (person.tabs.length === 0) person.openTab();
    await somethingHappens({
      world,
      person,
      tab: random.pick(person.tabs),
      mayRollBack: options.rollback === true,
    });
    await world.pass(random.between(0, MAX_STEP_MS));
    look();
  }
  heal(world, people);
  await quiet(world, people);
  look();
  await judge(world, people);
  look();
  for (const person of people) await person.end();
  return world.counts;
}

/** There is time enough. */
async function quiet(world: World, people: readonly Person[]): Promise<void> {
  const tabs = people.flatMap((person) => person.tabs);
  for (let round = 0; round < 50; round++) {
    for (const { sockets, device } of tabs) {
      sockets.connection?.unstall();
      if (round % 10 === 0) device.happen("visible");
    }
    await world.pass(3_000);
    // Long enough for two looks at what other tabs left, and more.
    if (round >= 8 && tabs.every((tab) => tab.isSettled) && (await areWrittenDown(people))) return;
  }
}

/** What is settled is out of the storages: where they failed for long, it takes half a minute until that is tried again. */
async function areWrittenDown(people: readonly Person[]): Promise<boolean> {
  const unsettled = await Promise.all(people.map((person) => person.unsettled()));
  return unsettled.every((records) => records.length === 0);
}
