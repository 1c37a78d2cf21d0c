import { encodeServerFrame, type Person } from "@natter/protocol";
import { said } from "../plain/sentences.ts";
import type { Channels, Connection } from "../ports.ts";
import type { StoredEvent } from "../store/store.ts";
import { frameChannel, sentenceChannel } from "./channels.ts";
import { encodeEvent } from "./event-frame.ts";

/** Gives those who are live in a room on this node what happens there: frames to some, sentences to plain clients. */
export class Delivery {
  readonly #room: string;
  readonly #channels: Channels;
  readonly #frames: string;
  readonly #sentences: string;
  /** Plain clients whose lines are on their way, by event id: nobody gets their own line. */
  readonly #plainSenders = new Map<string, Connection>();

  constructor(room: string, channels: Channels) {
    this.#room = room;
    this.#channels = channels;
    this.#frames = frameChannel(room);
    this.#sentences = sentenceChannel(room);
  }

  give(event: StoredEvent): void {
    const line = (): string => said(event.from.name, event.text);
    this.#channels.publish(this.#frames, () => encodeEvent(event));
    this.#channels.publish(this.#sentences, line, this.#plainSenders.get(event.id));
    this.#plainSenders.delete(event.id);
  }

  /** How long what is given now waits for company, in ms; 0: not at all. */
  get waitMs(): number {
    return Math.max(this.#channels.waitMs(this.#frames), this.#channels.waitMs(this.#sentences));
  }

  /** Somebody types, and `except` is not told. */
  giveTyping(from: Person, except?: Connection): undefined {
    const frame = { type: "typing", room: this.#room, from } as const;
    this.#channels.publish(this.#frames, () => encodeServerFrame(frame), except);
  }

  /** The line with that id is not given to whom it came from. */
  expectLine(id: string, from: Connection): void {
    this.#plainSenders.set(id, from);
  }

  forgetLine(id: string): void {
    this.#plainSenders.delete(id);
  }

  /** What was expected will not come any more. */
  forgetLines(): void {
    this.#plainSenders.clear();
  }
}
