import type { RoomSummary } from "@natter/protocol";
import type { ConnectionState } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { ChatError } from "./errors.ts";
import { type ChatClientOptions, type JoinOptions, positionOf } from "./options.ts";
import { assemble, type Parts } from "./parts.ts";
import type { Room } from "./room.ts";

export type ChatEvents = {
  /** The connection is in a new state. */
  state: [state: ConnectionState];
  /** Something failed that nobody waits for: the storage (`storage_failed`), a frame of the server (`bad_server`). */
  error: [error: ChatError];
};

/** One person's connection to a natter server. Connects at once and stays connected until it is closed. */
export class ChatClient extends Emitter<ChatEvents> implements Disposable, AsyncDisposable {
  readonly #parts: Parts;

  /** @throws {TypeError} where the URL is none */
  constructor(options: ChatClientOptions) {
    super();
    this.#parts = assemble(this, options);
  }

  /** Where the connection stands; `state` tells when that changes. */
  get state(): ConnectionState {
    return this.#parts.connection.state;
  }

  /** Who this is, to the server: `undefined` until it told. */
  get you(): { readonly id: string; readonly name: string } | undefined {
    return this.#parts.connection.you;
  }

  /**
   * Enters a room, and resolves when one is in. From then on it is joined again on each new connection.
   *
   * @throws {ChatError} `bad_room` where the name is none (lower case, 1 to 64 letters, digits, `.`, `_`, `-`);
   *   `too_many_rooms`; `left` where it was left, or the client closed, before
   */
  async join(name: string, options: JoinOptions = {}): Promise<Room> {
    return await this.room(name, options).joined();
  }

  /**
   * Enters a room without waiting: messages may be posted and listeners set at once, even where there is no network.
   *
   * @throws {ChatError} `closed`
   */
  room(name: string, options: JoinOptions = {}): Room {
    this.#requireOpen();
    // No room has such a name, and a refusal comes back with what a server could read of it (F8).
    const room = this.#parts.roomOf(name.slice(0, 128).toWellFormed());
    room.membership.want(positionOf(options));
    return room;
  }

  /**
   * The rooms that the person is in, on whatever device, with what is unread. Waits for a connection.
   *
   * @throws {ChatError} `closed`
   */
  async rooms(): Promise<readonly RoomSummary[]> {
    this.#requireOpen();
    return (await this.#parts.requests.rooms()).rooms;
  }

  /**
   * Goes by another name from now on. Resolves when the server took it; connects where an earlier name was refused.
   *
   * @throws {ChatError} `bad_name`, and the old one stays; `closed`
   */
  async rename(name: string): Promise<void> {
    this.#requireOpen();
    const renamed = this.#parts.naming.want(name);
    if (this.state.kind === "refused") this.#parts.connection.connect();
    await renamed;
  }

  /** Connects now rather than when the wait is over; after `refused` it takes this to connect again (X5). */
  connect(): void {
    this.#parts.connect();
  }

  /**
   * Closes it for good. What is not settled stays in the storage, for the next client there to send. Resolves when that is
   * written, or cannot be.
   */
  async close(): Promise<void> {
    if (this.state.kind === "closed") return;
    await this.#parts.close();
  }

  [Symbol.dispose](): void {
    void this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #requireOpen(): void {
    if (this.state.kind === "closed") throw new ChatError("closed");
  }
}
