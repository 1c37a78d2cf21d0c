/**
 * Carries a data folder over to PostgreSQL, with all its server stopped:
 *
 *   source.ts   the folder: locked, checked, read
 *   target.ts   the database: one transaction
 *   rows.ts     what goes from the one to the other, and how the two are compared
 */
import { StoreError } from "../errors.ts";
import { placeOf } from "../postgres/address.ts";
import { ConnectionLost, toStoreError } from "../postgres/failures.ts";
import { Digest, inBatches, type MovedRoom } from "./rows.ts";
import { openSource, type Source } from "./source.ts";
import { openTarget, type Target } from "./target.ts";

export interface Moved {
  /** Where to, without the password. */
  place: string;
  rooms: number;
  /** Those that retention removed are not counted, though their ids are carried over. */
  events: number;
  /** An earlier call had done it, but was cut off before it could say so. */
  isOld: boolean;
}

/**
 * Seqs, ids (also of trimmed events), the epoch, lists and read positions, so that clients go on without a reset. All of it
 * is there or nothing: one transaction, compared with the source before it is committed. The source is marked as moved before
 * the commit, so that never two servers go on with one log; where it then fails, the mark is taken away. A call that was cut off in
 * between may be made again.
 *
 * Throws `exists` (the target is not empty), `moved` (to another place), `locked`, `damaged`, `invalid`, `newer`,
 * `unsuitable` or `unavailable`.
 */
export async function move({ from, to }: { from: string; to: string }): Promise<Moved> {
  const place = placeOf(to);
  const source = openSource(from);
  try {
    if (source.movedTo !== undefined && source.movedTo !== place) {
      throw new StoreError("moved", `${from} was moved to PostgreSQL at ${source.movedTo}.`);
    }
    const target = await openTarget(to, place, source.epoch);
    try {
      if (!target.isEmpty) return doneBefore(source, target, from, place);
      const counts = await carryOver(source, target).catch((error) => {
        throw toStoreError(error, place);
      });
      await commit(source, target, place);
      return { place, ...counts, isOld: false };
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

function doneBefore(source: Source, target: Target, from: string, place: string): Moved {
  if (source.movedTo !== place || source.epoch !== target.epoch) {
    throw new StoreError(
      "exists",
      `The database at ${place} has rooms already: give an empty one to move ${from} to.`,
    );
  }
  return { place, rooms: 0, events: 0, isOld: true };
}

async function carryOver(source: Source, target: Target): Promise<{ rooms: number; events: number }> {
  await target.setEpoch(source.epoch);
  let rooms = 0;
  let events = 0;
  for (const room of source.rooms()) {
    await carryRoomOver(source, target, room);
    rooms += 1;
    events += room.head - room.first + 1;
  }
  await carryMembersOver(source, target);
  if ((await target.countRooms()) !== rooms) throw differs("the rooms");
  return { rooms, events };
}

async function carryRoomOver(source: Source, target: Target, room: MovedRoom): Promise<void> {
  const key = await target.addRoom(room);
  const [given, taken] = [new Digest(), new Digest()];
  for (const batch of inBatches(source.events(room))) {
    for (const event of batch) given.add(event);
    await target.addEvents(key, batch);
  }
  for await (const event of target.events(key)) taken.add(event);
  if (given.end() !== taken.end()) throw differs(`room ${JSON.stringify(room.name)}`);
}

async function carryMembersOver(source: Source, target: Target): Promise<void> {
  const [given, taken] = [new Digest(), new Digest()];
  for (const batch of inBatches(source.members())) {
    for (const { person, room, read } of batch) given.add([person, room, read]);
    await target.addMembers(batch);
  }
  for await (const { person, room, read } of target.members()) taken.add([person, room, read]);
  if (given.end() !== taken.end()) throw differs("people's lists");
}

async function commit(source: Source, target: Target, place: string): Promise<void> {
  source.mark(place);
  try {
    await target.commit();
  } catch (error) {
    if (error instanceof ConnectionLost) {
      throw new StoreError(
        "unavailable",
        `The connection to PostgreSQL at ${place} was lost at the last moment: give the same command again, to see whether it was done.`,
        { cause: error },
      );
    }
    source.mark(undefined);
    throw toStoreError(error, place);
  }
}

function differs(what: string): StoreError {
  return new StoreError(
    "damaged",
    `What PostgreSQL took of ${what} is not what it was given, so nothing was moved.`,
  );
}
