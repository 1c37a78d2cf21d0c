import { type ChatClient, ChatError, type EventFrame, type JoinOptions, type Room } from "@natter/client";

/** Something that a person does with a client, as it can be written down. */
export type Action =
  | readonly ["room", string, JoinOptions["since"]]
  | readonly ["post", string, string]
  | readonly ["type" | "markRead" | "leave", string]
  | readonly ["history", string, { before?: number; after?: number; limit?: number }]
  | readonly ["rename", string]
  | readonly ["rooms"]
  | readonly ["connect"];

type Known = { readonly room: Room; readonly events: EventFrame[]; resets: number };

/** Somebody who does what is written down, and keeps what they are told. */
export class Actor {
  readonly chat: ChatClient;
  /** Codes of the errors that nobody waited for. */
  readonly errors: string[] = [];
  readonly #rooms = new Map<string, Known>();
  readonly #answers: unknown[] = [];

  constructor(chat: ChatClient) {
    this.chat = chat;
    chat.on("error", ({ code }) => this.errors.push(code));
  }

  do([what, ...given]: Action): void {
    const [name = "", more] = given as [string?, unknown?];
    switch (what) {
      case "room":
        this.#listen(this.chat.room(name, { since: more as JoinOptions["since"] }));
        break;
      case "post":
        this.room(name).post(more as string);
        break;
      case "type":
      case "markRead":
        this.room(name)[what]();
        break;
      case "leave":
        this.#ask(this.room(name).leave());
        break;
      case "history":
        this.#ask(this.room(name).history(more as object));
        break;
      case "rename":
        this.#ask(this.chat.rename(name));
        break;
      case "rooms":
        this.#ask(this.chat.rooms());
        break;
      case "connect":
        this.chat.connect();
        break;
    }
  }

  room(name: string): Room {
    return this.#rooms.get(name)!.room;
  }

  /** How things stand: what the connection, the rooms and the answers are now. */
  get end(): object {
    const { state, you } = this.chat;
    const rooms = [...this.#rooms].map(([name, { room, events, resets }]) => {
      const messages = room.messages.map(({ text, state: { kind } }) => ({ text, kind }));
      const { position, people, typing, read } = room;
      return [name, { state: room.state.kind, position, people, typing, read, events, resets, messages }];
    });
    return plain({ state: state.kind, you, rooms: Object.fromEntries(rooms), answers: this.#answers });
  }

  #listen(room: Room): void {
    if (this.#rooms.has(room.name)) return;
    const known: Known = { room, events: [], resets: 0 };
    this.#rooms.set(room.name, known);
    room.on("event", (event) => known.events.push(event));
    room.on("reset", () => {
      known.resets++;
      known.events.length = 0;
    });
  }

  #ask(asked: Promise<unknown>): void {
    const index = this.#answers.push("no answer yet") - 1;
    asked.then(
      (answer) => {
        this.#answers[index] = answer ?? "done";
      },
      (error) => {
        this.#answers[index] = error instanceof ChatError ? { refused: error.code } : String(error);
      },
    );
  }
}

/** As it can be written down. */
function plain(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
