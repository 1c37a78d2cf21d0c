import assert from "node:assert/strict";
import {
  decodeServerFrame,
  type ErrorFrame,
  type EventFrame,
  encodeClientFrame,
  makeSession,
  type ReceivedEvent,
} from "@natter/protocol";
import { personIdOf } from "../sessions/people.ts";

/** Something queued to be sent, and where it stands. */
type Queued = {
  readonly room: string;
  readonly id: string;
  readonly text: string;
  state: "waiting" | "sent" | "settled";
};

type Outbox = { readonly queue: Queued[]; readonly byId: Map<string, Queued>; oldest: number };

/** What a client holds of a room: an unbroken stretch of its log. */
type Held = {
  epoch: string;
  events: EventFrame[];
  position: number;
  /** The id and time of the event at `position`. */
  last?: string | undefined;
  lastAt?: number | undefined;
  isJoined: boolean;
  resets: number;
};

/** What the client needs of the world. */
type Wire = { send(text: string): void };

/**
 * A client that does what docs/protocol.md says and no more, and fails the moment the server breaks a promise. It
 * sends in order, resumes where it was, and sends again what was not acknowledged.
 */
export class ModelClient {
  readonly name: string;
  readonly person: string;
  readonly rooms: readonly string[];
  readonly queue: Queued[] = [];
  /** Of those queued, how many are settled. */
  settled = 0;
  readonly #session: string;
  /** What is queued, by room, and where its oldest unsettled send stands. */
  readonly #outboxes = new Map<string, Outbox>();
  readonly #held = new Map<string, Held>();
  #wire: Wire | undefined;
  /** By room, the send that the server waits for before it takes another. */
  readonly #awaited = new Map<string, string>();
  /** Rooms whose join is not answered yet. */
  readonly #joining = new Set<string>();
  /** Rooms whose join was refused. */
  readonly #rejoin = new Set<string>();
  #isReady = false;

  constructor(name: string, rooms: readonly string[]) {
    this.name = name;
    this.rooms = rooms;
    this.#session = makeSession();
    this.person = personIdOf(this.#session);
  }

  get isConnected(): boolean {
    return this.#wire !== undefined;
  }

  get unsettled(): number {
    return this.queue.length - this.settled;
  }

  get isSettled(): boolean {
    return this.unsettled === 0;
  }

  held(room: string): Held | undefined {
    return this.#held.get(room);
  }

  say(room: string, id: string, text: string): void {
    const queued: Queued = { room, id, text, state: "waiting" };
    this.queue.push(queued);
    const outbox: Outbox = this.#outboxes.get(room) ?? { queue: [], byId: new Map(), oldest: 0 };
    this.#outboxes.set(room, outbox);
    outbox.queue.push(queued);
    outbox.byId.set(id, queued);
    this.pump(room);
  }

  connected(wire: Wire): void {
    this.#wire = wire;
    this.#isReady = false;
    this.#joining.clear();
    this.#rejoin.clear();
    this.#awaited.clear();
    for (const each of this.queue) if (each.state === "sent") each.state = "waiting";
    wire.send(encodeClientFrame({ type: "hello", name: this.name, session: this.#session }));
    for (const room of this.rooms) this.join(room);
  }

  /** Joins, or joins again, from where it is; never twice at a time (J8). */
  join(room: string): void {
    if (this.#joining.has(room)) return;
    this.#joining.add(room);
    const held = this.#held.get(room);
    if (held === undefined || held.position === 0) {
      this.#wire?.send(encodeClientFrame({ type: "join", room, since: 0 }));
    } else {
      const { epoch, position: since, last, lastAt } = held;
      this.#wire?.send(encodeClientFrame({ type: "join", room, since, epoch, last, lastAt }));
    }
    if (held !== undefined) held.isJoined = false;
  }

  disconnected(): void {
    this.#wire = undefined;
    for (const held of this.#held.values()) held.isJoined = false;
  }

  receive(text: string): void {
    const decoded = decodeServerFrame(text);
    assert.ok(decoded.ok, `the server sent what nobody understands: ${text}`);
    const { frame } = decoded;
    switch (frame.type) {
      case "welcome":
        assert.equal(frame.you.id, this.person);
        this.#isReady = true;
        break;
      case "reset": {
        const before = this.#held.get(frame.room);
        this.#held.set(frame.room, {
          epoch: frame.epoch,
          events: [],
          position: frame.head,
          last: frame.last,
          lastAt: frame.lastAt,
          isJoined: false,
          resets: (before?.resets ?? 0) + 1,
        });
        break;
      }
      case "joined": {
        this.#joining.delete(frame.room);
        const held = this.#held.get(frame.room);
        // Whoever holds nothing has nothing to lose by another epoch (J3).
        if (held === undefined || held.position === 0) {
          const start = {
            epoch: frame.epoch,
            events: [],
            position: frame.first - 1,
            isJoined: true,
            resets: 0,
          };
          this.#held.set(frame.room, start);
        } else {
          assert.equal(held.epoch, frame.epoch, "P5 another epoch comes with a reset");
          assert.ok(held.position <= frame.head, "P5 a head below what a client has comes with a reset");
          held.isJoined = true;
        }
        this.pump(frame.room);
        break;
      }
      case "event":
        this.#takeEvent(frame);
        break;
      case "error":
        this.#takeError(frame);
        break;
      default:
        break;
    }
  }

  /** Sends what waits for this room, from the oldest on. */
  pump(room: string): void {
    if (this.#wire === undefined || !this.#isReady || this.#held.get(room)?.isJoined !== true) return;
    const { queue, oldest } = this.#outboxes.get(room) ?? { queue: [], oldest: 0 };
    for (let index = oldest; index < queue.length; index++) {
      const each = queue[index]!;
      if (each.state !== "waiting") continue;
      each.state = "sent";
      if (this.#awaited.get(room) === each.id) this.#awaited.delete(room);
      this.#wire.send(encodeClientFrame({ type: "send", room, id: each.id, text: each.text }));
    }
  }

  #takeEvent(event: ReceivedEvent): void {
    assert.ok(event.kind === "message");
    const held = this.#held.get(event.room);
    if (event.from.id === this.person) this.#settle(event);
    if (event.again) {
      assert.equal(event.from.id, this.person, "A2 only its sender gets an event again");
      return;
    }
    if (held?.isJoined !== true) return; // of the join before this one: it comes again after `joined` (J8)
    assert.equal(
      event.seq,
      held.position + 1,
      `P5 ${this.name} in ${event.room}: each event once, in order, no gap`,
    );
    held.position = event.seq;
    held.last = event.id;
    held.lastAt = event.at;
    held.events.push(event);
  }

  #settle({ room, id, text }: EventFrame): void {
    const outbox = this.#outboxes.get(room);
    const mine = outbox?.byId.get(id);
    assert.ok(outbox !== undefined && mine !== undefined, `P3 ${this.name} never sent ${id}`);
    assert.equal(text, mine.text, "P3 the acknowledgement is the original");
    if (mine.state !== "settled") this.settled++;
    mine.state = "settled";
    while (outbox.queue[outbox.oldest]?.state === "settled") outbox.oldest++;
    this.#skipIfAwaited(room, id);
  }

  /** It is settled, and the server does not know: what is behind it would be held for ever (S7). */
  #skipIfAwaited(room: string, id: string): void {
    if (this.#awaited.get(room) !== id) return;
    this.#awaited.delete(room);
    this.#wire?.send(encodeClientFrame({ type: "skip", room, id }));
  }

  /** Refused for now: from that one on, all of the room is sent again. */
  #takeError(error: ErrorFrame): void {
    assert.ok(error.retry, `refused for good: ${error.code} ${error.message}`);
    const refused = this.queue.findIndex(({ id, room }) => id === error.ref && room === error.room);
    if (refused < 0) {
      if (error.room !== undefined && this.#joining.delete(error.room)) this.#rejoin.add(error.room);
      return;
    }
    const { room, id, state } = this.queue[refused]!;
    if (error.code !== "held") this.#awaited.set(room, id);
    if (state === "settled") this.#skipIfAwaited(room, id);
    for (const each of this.queue.slice(refused)) {
      if (each.room === room && each.state === "sent") each.state = "waiting";
    }
  }

  /** Time has passed: whatever was refused is tried again. */
  retry(): void {
    for (const room of this.#rejoin) this.join(room);
    this.#rejoin.clear();
    for (const room of this.rooms) this.pump(room);
  }
}
