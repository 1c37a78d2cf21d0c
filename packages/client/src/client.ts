import {
  type ClientFrame,
  type ErrorFrame,
  makeId,
  makeSession,
  type ReceivedEvent,
  type ReceivedFrame,
  type RoomSummary,
} from "@natter/protocol";
import { Adoption } from "./adoption.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { type Environment, environment } from "./environment.ts";
import { ChatError, storageFailed } from "./errors.ts";
import { Journal } from "./journal.ts";
import { Naming } from "./naming.ts";
import { Outbox } from "./outbox.ts";
import { Pace } from "./pace.ts";
import type { RoomPosition } from "./position.ts";
import { Requests } from "./requests.ts";
import { Retry } from "./retry.ts";
import { Room, type RoomContext } from "./room.ts";
import { indexedDbStorage } from "./storage/indexeddb.ts";
import { memoryStorage } from "./storage/memory.ts";
import type { OutboxStorage } from "./storage/storage.ts";

export interface ChatClientOptions extends Partial<Environment> {
  /** The server's address, `ws://` or `wss://`; its path means nothing. In a page, `/` is where the page came from. */
  readonly url: string | URL;
  /** What the person is called: a label, 1 to 32 characters. Who they are is the session. */
  readonly name: string;
  /** Who the person is: 43 characters of base64url, a secret (`makeSession()`). Default: one made and kept in `storage`. */
  readonly session?: string | undefined;
  /** Where session and outbox are kept. Default: IndexedDB where there is one, else memory. */
  readonly storage?: OutboxStorage | undefined;
  /** Messages that may be pending or failed at a time. Default: 10,000; `post` then throws `outbox_full`. */
  readonly maxWaiting?: number | undefined;
}

export type ChatEvents = {
  /** The connection is in a new state. */
  state: [state: ConnectionState];
  /** Something failed that nobody waits for: the storage (`storage_failed`), a frame of the server (`bad_server`). */
  error: [error: ChatError];
};

/** Where to begin in a room's log: at its beginning, at the end (the default), or behind a position. */
export interface JoinOptions {
  readonly since?: "start" | "end" | RoomPosition | undefined;
}

/** Tries to get the session from the storage, before one is used that is not kept. */
const SESSION_TRIES = 3;

/** One person's connection to a natter server. Connects at once and stays connected until it is closed. */
export class ChatClient extends Emitter<ChatEvents> implements Disposable, AsyncDisposable {
  readonly #env: Environment;
  readonly #storage: OutboxStorage;
  readonly #owner = makeId();
  readonly #connection: Connection;
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #naming: Naming;
  readonly #pace: Pace;
  readonly #rooms = new Map<string, Room>();
  #session: string | undefined;
  #adoption: Adoption | undefined;
  /** Until the server's rate lets the next frame through. */
  readonly #rest: Retry;
  #isPumping = false;
  readonly #report = (error: ChatError) => this.emit("error", error);

  /** @throws {TypeError} where the URL is none */
  constructor(options: ChatClientOptions) {
    super();
    const url = webSocketUrl(options.url);
    const env = environment(options);
    const pump = () => this.#pump();
    this.#env = env;
    this.#session = options.session;
    this.#storage = options.storage ?? defaultStorage(url);
    this.#pace = new Pace(env.clock);
    this.#rest = new Retry(env, pump);
    this.#naming = new Naming(env, options.name, pump);
    this.#requests = new Requests(env, pump);
    this.#journal = new Journal({ env, storage: this.#storage, owner: this.#owner, report: this.#report });
    this.#outbox = new Outbox({
      env,
      journal: this.#journal,
      maxWaiting: options.maxWaiting ?? 10_000,
      pump,
      onChange: (message) => this.#rooms.get(message.room)?.emit("message", message),
    });
    this.#connection = new Connection(env, url.href, {
      hello: () => ({ type: "hello", name: this.#naming.say(), session: this.#session }),
      onState: (state) => this.#entered(state),
      onOpen: () => this.#opened(),
      onFrame: (frame) => this.#receive(frame),
      onLost: () => this.#lost(),
      onBroken: this.#report,
    });
    void this.#start();
  }

  /** Where the connection stands; `state` tells when that changes. */
  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Who this is, to the server: `undefined` until it told. */
  get you(): { readonly id: string; readonly name: string } | undefined {
    return this.#connection.you;
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
  room(name: string, { since = "end" }: JoinOptions = {}): Room {
    if (this.state.kind === "closed") throw closed();
    const room = this.#roomOf(name);
    room.membership.want(since === "end" ? undefined : since === "start" ? START : since);
    return room;
  }

  /**
   * The rooms that the person is in, on whatever device, with what is unread. Waits for a connection.
   *
   * @throws {ChatError} `closed`
   */
  async rooms(): Promise<readonly RoomSummary[]> {
    if (this.state.kind === "closed") throw closed();
    return (await this.#requests.rooms()).rooms;
  }

  /**
   * Goes by another name from now on. Resolves when the server took it; connects where an earlier name was refused.
   *
   * @throws {ChatError} `bad_name`, and the old one stays; `closed`
   */
  async rename(name: string): Promise<void> {
    if (this.state.kind === "closed") throw closed();
    const renamed = this.#naming.want(name);
    if (this.state.kind === "refused") this.#connection.connect();
    await renamed;
  }

  /** Connects now rather than when the wait is over; after `refused` it takes this to connect again (X5). */
  connect(): void {
    if (this.#session !== undefined) this.#connection.connect();
  }

  /**
   * Closes it for good. What is not settled stays in the storage, for the next client there to send. Resolves when that is
   * written, or cannot be.
   */
  async close(): Promise<void> {
    if (this.state.kind === "closed") return;
    this.#connection.close();
    this.#adoption?.stop();
    this.#rest.stop();
    this.#requests.abandon(closed());
    this.#naming.abandon(closed());
    for (const room of this.#rooms.values()) room.close();
    this.#outbox.close();
    this.end();
    await this.#journal.close();
    this.#adoption?.release();
    this.#storage.close();
  }

  [Symbol.dispose](): void {
    void this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<void> {
    this.#session ??= await this.#keptSession();
    if (this.state.kind === "closed") return;
    this.#journal.begin(this.#session);
    this.#connection.connect();
    if (!this.#storage.isShared) return;
    this.#adoption = new Adoption({
      env: this.#env,
      storage: this.#storage,
      owner: this.#owner,
      session: this.#session,
      knows: (id) => this.#outbox.knows(id),
      report: this.#report,
      onAdopted: (records) => this.#outbox.adopt(records),
    });
    this.#adoption.begin();
  }

  /** Stored before it is told to anybody (I1); where the storage is of no use, it lasts as long as this client. */
  async #keptSession(): Promise<string> {
    const made = makeSession();
    for (let tries = SESSION_TRIES; tries > 0; tries--) {
      try {
        return await this.#storage.session(made);
      } catch (cause) {
        this.#report(storageFailed(cause, tries > 1));
      }
    }
    return made;
  }

  #roomOf(name: string): Room {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const context: RoomContext = {
      env: this.#env,
      outbox: this.#outbox,
      requests: this.#requests,
      pump: () => this.#pump(),
      me: () => this.you?.id,
      send: (frame) => {
        if (this.#pace.waitMs() > 0) return; // it may be lost, and what matters goes first
        this.#pace.take();
        this.#connection.send(frame);
      },
    };
    const room = new Room(name, context);
    this.#rooms.set(name, room);
    return room;
  }

  #entered(state: ConnectionState): void {
    this.emit("state", state);
    if (state.kind !== "refused" || state.loss.kind !== "hello refused" || !this.#naming.isAsked) return;
    // A name that was wanted while there was no connection: the old one stays, and was fine.
    this.#naming.abandon(state.loss.error);
    this.#connection.connect();
  }

  #opened(): void {
    this.#pace.begin();
    this.#pump();
  }

  /** What another tab left, or what failed and is sent again, may be of a room that nobody has opened here, or that was left. */
  #joinAside(): void {
    for (const name of this.#outbox.rooms) this.#roomOf(name).membership.wantAside();
  }

  #lost(): void {
    this.#rest.stop();
    this.#naming.lost();
    this.#requests.lost();
    this.#outbox.lost();
    for (const room of this.#rooms.values()) room.lost();
  }

  #receive(frame: ReceivedFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#pace.allow(frame.limits.messagesPerSecond, frame.limits.burst);
        this.#outbox.textBytes = frame.limits.textBytes;
        this.#naming.taken(frame.you.name);
        this.#pump();
        break;
      case "event":
        this.#settle(frame);
        if (!frame.again) this.#rooms.get(frame.room)?.receive(frame);
        break;
      case "joined":
      case "reset":
      case "left":
      case "presence":
      case "typing":
      case "read":
        this.#rooms.get(frame.room)?.receive(frame);
        break;
      case "page":
        // What is in the log is stored, before any answer to its retry: nobody shall see it twice, waiting as well.
        for (const event of frame.events) this.#settle(event);
        this.#requests.answer(frame);
        break;
      case "rooms":
        this.#requests.answer(frame);
        break;
      case "renamed":
        this.#connection.renamed(frame.you);
        this.#naming.taken(frame.you.name);
        this.#pump();
        break;
      case "error":
        this.#refused(frame);
        break;
      case "pong":
      case "unknown":
        break;
    }
  }

  #settle(event: ReceivedEvent): void {
    if (event.kind === "message" && event.from.id === this.you?.id) this.#outbox.settle(event);
  }

  #refused(error: ErrorFrame): void {
    const { code, ref, room, retryAfterMs } = error;
    if (code === "rate_limited") this.#pace.exhaust(retryAfterMs ?? 1_000);
    if (this.#requests.refuse(error)) return;
    if (ref !== undefined) {
      if (code === "not_joined" && room !== undefined) this.#rooms.get(room)?.membership.rejoin();
      this.#outbox.refuse(error);
    } else if (room !== undefined) this.#rooms.get(room)?.refuse(error);
    else if (code !== "restarting") this.#naming.refuse(error);
    this.#pump();
  }

  /** Sends what is to be sent, as fast as the server lets: what is asked first, what is said then. */
  #pump(): void {
    if (this.#isPumping || !this.#connection.isOpen) return;
    this.#isPumping = true;
    this.#joinAside();
    const isJoined = (name: string) => this.#rooms.get(name)?.membership.isJoined === true;
    const isLive = this.state.kind === "live";
    let waitMs = this.#pace.waitMs();
    for (; waitMs === 0; waitMs = this.#pace.waitMs()) {
      let frame: ClientFrame | undefined = isLive ? this.#naming.next() : undefined;
      for (const room of this.#rooms.values()) frame ??= room.membership.next();
      if (isLive) frame ??= this.#requests.next(isJoined) ?? this.#outbox.next(isJoined);
      if (frame === undefined) break;
      this.#pace.take();
      this.#connection.send(frame);
    }
    this.#isPumping = false;
    if (waitMs > 0 && waitMs < Number.POSITIVE_INFINITY && !this.#rest.isWaiting) this.#rest.wait(waitMs);
  }
}

/** Before the first event; of an empty position no epoch is asked (J3). */
const START: RoomPosition = { seq: 0, epoch: "" };

function closed(): ChatError {
  return new ChatError("closed");
}

function webSocketUrl(given: string | URL): URL {
  const { location } = globalThis as { location?: { href: string } };
  const url = new URL(given, location?.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/** A session is told to no other server than the one it was made for: each has a database of its own. */
function defaultStorage(url: URL): OutboxStorage {
  return "indexedDB" in globalThis ? indexedDbStorage(`natter ${url.host}`) : memoryStorage();
}
