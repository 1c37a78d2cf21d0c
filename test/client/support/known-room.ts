import assert from "node:assert/strict";
import { type ChatClient, type EventFrame, type Message, type Room, Timeline } from "@natter/client";

/** Why a message may have failed here: it was given up, or the room left, or its storage failed as it was taken back. */
const ASKED_FOR: readonly string[] = ["given_up", "left", "storage_failed"];

export type Since = NonNullable<Parameters<ChatClient["room"]>[1]>["since"];

/** One room in one tab, and somebody who looks at whatever is told of it, and fails when a promise is broken. */
export class KnownRoom {
  readonly room: Room;
  readonly timeline: Timeline;
  /** Told since it was entered, or since a reset. */
  events: EventFrame[] = [];
  resets = 0;
  /** Entered, and not left since. Only to say what another tab left, a client may be in a room all the same. */
  isWanted = true;
  #next: number | undefined;
  readonly #chat: ChatClient;
  readonly #fail: (error: unknown) => void;

  constructor(chat: ChatClient, name: string, since: Since, fail: (error: unknown) => void) {
    this.#chat = chat;
    this.#fail = fail;
    this.room = chat.room(name, { since });
    this.#next = nextAfter(since);
    this.timeline = new Timeline(this.room, { pageSize: 7 });
    const { room } = this;
    const watch =
      <Given extends unknown[]>(look: (...given: Given) => void) =>
      (...given: Given) =>
        this.#orFail(() => look(...given));
    room.on(
      "reset",
      watch(() => {
        this.resets++;
        this.events = [];
        assert.ok(room.position !== undefined);
        this.#next = room.position.seq + 1;
      }),
    );
    room.on(
      "state",
      watch(({ kind }) => {
        if (kind === "joined" && room.position !== undefined) this.#next ??= room.position.seq + 1;
      }),
    );
    room.on(
      "event",
      watch((event) => this.#heard(event)),
    );
    room.on(
      "message",
      watch((message) => this.#told(message)),
    );
    room.on(
      "typing",
      watch((people) =>
        assert.ok(!people.some(({ id }) => id === chat.you?.id), "T5 nobody sees themselves type"),
      ),
    );
    this.timeline.on("change", () => this.look());
  }

  /** After it was left. */
  enter(since: Since): void {
    this.isWanted = true;
    this.events = [];
    this.#next = nextAfter(since);
    this.#chat.room(this.room.name, { since });
  }

  async leave(): Promise<void> {
    this.isWanted = false;
    await this.room.leave();
  }

  /** What a page shows: at all times a stretch of the log without gaps, up to the position, and nothing twice. */
  look(): void {
    this.#orFail(() => {
      const { events } = this.timeline;
      for (const [index, { seq }] of events.entries()) {
        assert.equal(seq, events[0]!.seq + index, `P5 the timeline of ${this.room.name} has no gaps`);
      }
      const last = events.at(-1)?.seq;
      const isIn = this.isWanted && this.room.state.kind === "joined";
      if (last !== undefined && isIn) assert.equal(last, this.room.position?.seq, "P5 nor an end too early");
      const mine = new Set(events.filter(({ from }) => from.id === this.#chat.you?.id).map(({ id }) => id));
      for (const message of this.timeline.messages) {
        assert.ok(
          !mine.has(message.id),
          `A1 ${message.text.slice(0, 8)} is shown twice, once as ${message.state.kind}`,
        );
      }
    });
  }

  #heard(event: EventFrame): void {
    this.#next ??= event.seq;
    assert.equal(event.seq, this.#next, `P5 ${this.room.name}: each event once, in order, without gaps`);
    assert.equal(this.room.position?.seq, event.seq);
    assert.equal(this.room.state.kind, "joined", "nothing is told of a room one is not in");
    this.#next++;
    this.events.push(event);
  }

  #told({ state, text }: Message): void {
    if (state.kind !== "failed") return;
    assert.ok(
      ASKED_FOR.includes(state.error.code),
      `P6 ${text.slice(0, 8)} was given up: ${state.error.code}`,
    );
  }

  #orFail(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#fail(error);
    }
  }
}

function nextAfter(since: Since): number | undefined {
  if (since === "start") return 1;
  return typeof since === "object" ? since.seq + 1 : undefined;
}
