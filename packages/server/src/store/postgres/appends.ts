import { setTimeout as pause } from "node:timers/promises";
import { StoreError } from "../errors.ts";
import type { Appended, Draft } from "../store.ts";
import { type Call, MAX_GROUP, takeThatFit } from "./call.ts";
import { type Database, pauseBefore } from "./database.ts";
import { type AppendRow, packDrafts, unpackFates } from "./drafts.ts";
import { ConnectionLost } from "./failures.ts";
import { SQL } from "./statements.ts";

/** Drafts that may wait for a server that is away or slow. */
const MAX_WAITING_DRAFTS = 50_000;

/**
 * What is to be appended, in the order of the calls within each room. All that came in one turn of the event loop, and all
 * that came while the transactions before ran, goes to PostgreSQL as one statement that commits itself. A few of them
 * run at a time, never two with the same room, and never all of them with rooms that failed before: somebody may hold those.
 *
 * A call is answered before its deadline. But its room stays taken until it is known that the statement is over: so nothing
 * that is said about a room can be overtaken by what was sent before.
 */
export class Appends {
  readonly #database: Database;
  readonly #most: number;
  /** Rooms with calls that no transaction carries out yet. */
  readonly #ready = new Map<string, Call[]>();
  /** Rooms of the transactions under way, with the calls that came meanwhile. */
  readonly #taken = new Map<string, Call[]>();
  /** All that are not settled, oldest first. */
  readonly #unsettled = new Set<Call>();
  #waiting = 0;
  #running = 0;
  /** Of those that run, how many try a room by itself that failed before. */
  #runningAlone = 0;
  #isPlanned = false;
  #timer: NodeJS.Timeout | undefined;
  #answered: PromiseWithResolvers<void> | undefined;

  /** @param most transactions at a time */
  constructor(database: Database, most: number) {
    this.#database = database;
    this.#most = most;
  }

  add(room: string, drafts: readonly Draft[]): Promise<readonly Appended[]> {
    if (this.#waiting >= MAX_WAITING_DRAFTS) {
      return Promise.reject(new StoreError("unavailable", "The store has too much to do."));
    }
    return new Promise((resolve, reject) => {
      const call: Call = {
        room,
        drafts,
        weight: Math.max(1, drafts.length),
        characters: drafts.reduce((sum, { text }) => sum + text.length, 0),
        deadline: this.#database.deadline(),
        shares: "any",
        attempts: 0,
        isSettled: false,
        resolve,
        reject,
      };
      this.#waiting += call.weight;
      this.#unsettled.add(call);
      const queue = this.#taken.get(room) ?? this.#ready.get(room);
      if (queue === undefined) this.#ready.set(room, [call]);
      else queue.push(call);
      this.#watchDeadlines();
      this.#plan();
    });
  }

  /** Once everything that was to be appended to the room before is there or never will be. */
  async afterAll(room: string): Promise<void> {
    if (this.#ready.has(room) || this.#taken.has(room)) await this.add(room, []);
  }

  /** Once every call is answered: at the latest when the last has waited long enough. */
  async end(): Promise<void> {
    if (this.#unsettled.size === 0) return;
    this.#answered ??= Promise.withResolvers();
    await this.#answered.promise;
  }

  #plan(): void {
    if (this.#isPlanned || this.#running >= this.#most) return;
    this.#isPlanned = true;
    // After everything this turn of the loop still has to read from its sockets.
    setImmediate(() => {
      this.#isPlanned = false;
      while (this.#running < this.#most) {
        const group = this.#takeGroup();
        if (group.length === 0) return;
        void this.#carryOut(group);
      }
    });
  }

  #takeGroup(): Call[] {
    const group: Call[] = [];
    const left = { ...MAX_GROUP };
    const mayBeAlone = this.#runningAlone < Math.max(1, this.#most - 1);
    for (const [room, calls] of this.#ready) {
      if (calls[0]!.shares === "room" && !mayBeAlone) continue;
      const taken = takeThatFit(calls, left, group.length === 0);
      if (taken.length === 0) break;
      group.push(...taken);
      this.#ready.delete(room);
      this.#taken.set(room, calls.slice(taken.length));
      if (taken[0]!.shares !== "any") break;
    }
    return group;
  }

  async #carryOut(group: Call[]): Promise<void> {
    const alone = group[0]!.shares === "room" ? 1 : 0;
    this.#running += 1;
    this.#runningAlone += alone;
    const pauseMs = await this.#attempt(group.filter(({ isSettled }) => !isSettled)).catch((error) =>
      this.#failed(group, error),
    );
    this.#running -= 1;
    this.#runningAlone -= alone;
    if (pauseMs > 0) {
      this.#plan(); // others do not wait for the pause
      await pause(pauseMs);
    }
    this.#release(group);
    this.#plan();
  }

  /** @returns for how many ms the rooms are to wait then */
  async #attempt(calls: Call[]): Promise<number> {
    const { values, places } = packDrafts(calls);
    const deadline = Math.max(...calls.map((call) => call.deadline));
    const rows =
      places.length === 0 ? [] : await this.#database.once<AppendRow>(SQL.append, values, deadline);
    const appended = unpackFates(calls, places, rows);
    calls.forEach((call, index) => {
      this.#settle(call, () => call.resolve(appended[index]!));
    });
    return 0;
  }

  /** Where the connection was lost, all of the group may be stored; else nothing is. The next attempt finds out by the ids. */
  #failed(group: Call[], error: unknown): number {
    const reason = this.#database.toStoreError(error);
    if (!reason.retry) this.#refuse(group, reason);
    else if (!(error instanceof ConnectionLost)) this.#separateRooms(group);
    const attempt = group[0]!.attempts;
    for (const call of group) call.attempts += 1;
    return reason.retry ? pauseBefore(attempt) : 0;
  }

  /** A room that somebody holds for long shall not hold up the others, nor shall what came for it meanwhile. */
  #separateRooms(group: readonly Call[]): void {
    const rooms = new Set(group.map(({ room }) => room));
    const meanwhile = [...rooms].flatMap((room) => this.#taken.get(room)!);
    for (const call of [...group, ...meanwhile]) if (call.shares === "any") call.shares = "room";
  }

  /** For one call it is final. Of several one is bad: each is tried by itself. */
  #refuse(group: Call[], reason: StoreError): void {
    if (reason.code === "invalid" && group.length > 1) {
      for (const call of group) call.shares = "none";
    } else {
      for (const call of group) this.#settle(call, () => call.reject(reason));
    }
  }

  #release(group: Call[]): void {
    for (const room of new Set(group.map((call) => call.room))) {
      const own = group.filter((call) => call.room === room);
      const calls = own.concat(this.#taken.get(room)!).filter(({ isSettled }) => !isSettled);
      this.#taken.delete(room);
      if (calls.length > 0) this.#ready.set(room, calls);
    }
  }

  #settle(call: Call, how: () => void): void {
    if (call.isSettled) return;
    call.isSettled = true;
    this.#unsettled.delete(call);
    this.#waiting -= call.weight;
    how();
    if (this.#unsettled.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#answered?.resolve();
  }

  #watchDeadlines(): void {
    const [oldest] = this.#unsettled;
    if (oldest === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#giveUpLate();
        this.#watchDeadlines();
      },
      oldest.deadline - performance.now() + 1,
    );
  }

  #giveUpLate(): void {
    const now = performance.now();
    const rooms = new Set<string>();
    for (const call of this.#unsettled) {
      if (call.deadline > now) break;
      this.#settle(call, () => call.reject(this.#database.tooLate()));
      rooms.add(call.room);
    }
    for (const room of rooms) this.#dropSettled(room);
  }

  /** While the server is away, they would hold more and more memory. A room that is taken stays so. */
  #dropSettled(room: string): void {
    const isWaiting = ({ isSettled }: Call): boolean => !isSettled;
    const [ready, taken] = [
      this.#ready.get(room)?.filter(isWaiting),
      this.#taken.get(room)?.filter(isWaiting),
    ];
    if (ready?.length === 0) this.#ready.delete(room);
    else if (ready !== undefined) this.#ready.set(room, ready);
    if (taken !== undefined) this.#taken.set(room, taken);
  }
}
