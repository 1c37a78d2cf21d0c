import assert from "node:assert/strict";
import type { ClientFrame, EventFrame, JoinedFrame, ServerFrame } from "@natter/protocol";
import { Actor } from "./actor.ts";
import { type Line, Script } from "./scripted.ts";
import type { Step, Transcript } from "./transcripts.ts";

export type ReplayOptions = {
  /** Something else that comes before each frame of the server, once the client is live: what `next` would be is known. */
  readonly before?: (next: ServerFrame, said: readonly ServerFrame[]) => unknown;
  /** What comes instead of a frame, as it stands. */
  readonly instead?: (frame: ServerFrame) => string;
  /** The client may ask more than it did when it was recorded. */
  readonly mayJoinAgain?: boolean;
};

/** A recorded session, told to a client by a server that says what was said then. */
export class Replay implements AsyncDisposable {
  readonly actor: Actor;
  readonly #script: Script;
  readonly #options: ReplayOptions;
  /** Ids as they were recorded, and as this client makes them. */
  readonly #ids = new Map<string, string>();
  readonly #said: ServerFrame[] = [];

  constructor({ name, session }: Transcript, options: ReplayOptions = {}) {
    this.#script = new Script({ name, session });
    this.#options = options;
    this.actor = new Actor(this.#script.chat);
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#script.clock.pass(0);
      if (this.#options.mayJoinAgain && this.#isLive) await this.#answerJoins();
      if ("do" in step) this.actor.do(step.do);
      else if ("open" in step) this.#script.line.open();
      else if ("closed" in step) this.#script.line.close(step.closed);
      else if ("client" in step) this.#expect(step.client);
      else await this.#say(step.server);
    }
    await this.#script.clock.pass(0);
  }

  /** How things stand, by the ids that were recorded. */
  get end(): object {
    let text = JSON.stringify(this.actor.end);
    for (const [recorded, made] of this.#ids) text = text.replaceAll(made, recorded);
    return JSON.parse(text) as object;
  }

  #expect(recorded: ClientFrame): void {
    const frame = this.#line.frames.shift();
    if (recorded.type === "send" && frame?.type === "send") this.#ids.set(recorded.id, frame.id);
    assert.deepEqual(frame, this.#translated(recorded));
  }

  async #say(recorded: ServerFrame): Promise<void> {
    const frame = this.#translated(recorded);
    const { before, instead = JSON.stringify } = this.#options;
    if (before !== undefined && this.#isLive) {
      this.#line.hear(before(frame, this.#said));
      if (this.#options.mayJoinAgain) await this.#answerJoins();
    }
    this.#said.push(frame);
    this.#line.hear(instead(frame));
  }

  /** The server tells a client that joins again what it told before. */
  async #answerJoins(): Promise<void> {
    await this.#script.clock.pass(0);
    const { frames } = this.#line;
    const index = frames.findIndex((frame) => frame.type === "join" && frame.since !== undefined);
    const join = frames[index];
    if (join?.type !== "join") return;
    frames.splice(index, 1);
    const { room } = join;
    const events = this.#said.filter(
      (each): each is EventFrame => each.type === "event" && each.room === room,
    );
    const joined = this.#said.findLast(
      (each): each is JoinedFrame => each.type === "joined" && each.room === room,
    );
    const { people, read } = this.actor.room(room);
    const { count, list } = people;
    const now = {
      head: Math.max(joined!.head, events.at(-1)?.seq ?? 0),
      read: read.seq,
      unread: read.unread,
    };
    this.#line.say({ ...joined!, ...now, people: { count, ...(list && { list: [...list] }) } });
    this.#line.say(...events.filter(({ seq }) => seq > join.since!));
    await this.#script.clock.pass(0);
  }

  get #isLive(): boolean {
    return this.#script.chat.state.kind === "live";
  }

  get #line(): Line {
    return this.#script.line;
  }

  #translated<Frame>(frame: Frame): Frame {
    let text = JSON.stringify(frame);
    for (const [recorded, made] of this.#ids) text = text.replaceAll(`"${recorded}"`, `"${made}"`);
    return JSON.parse(text) as Frame;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#script.chat.close();
  }
}
