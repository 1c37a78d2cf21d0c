// A client of natter.v1 on the raw one: it says frames and hears frames, and knows nothing else of the protocol.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type Closing, type ConnectOptions, inTime, RawClient } from "../support/raw-client.ts";

/** The server that is tested. */
/** `nodes`: servers behind that address, of which each connection comes to another. Default: 1. */
export type Target = { readonly host: string; readonly port: number; readonly nodes?: number };

export type Person = { id: string; name: string; plain?: true };
export type Rights = { textBytes: number; frameBytes: number; messagesPerSecond: number; burst: number };

/** A frame of the server. Of these fields it has those of its type; a test that reads another finds undefined. */
export type Heard = {
  [field: string]: unknown;
  type: string;
  room: string;
  you: Person;
  session: string;
  connection: number;
  limits: Rights;
  heartbeatMs: number;
  epoch: string;
  head: number;
  first: number;
  last: string;
  lastAt: number;
  people: { count: number; list?: Person[] };
  kind: string;
  seq: number;
  at: number;
  id: string;
  from: Person;
  text: string;
  events: Heard[];
  more: boolean;
  count: number;
  list?: Person[];
  joined?: Person[];
  left?: string[];
  rooms: { room: string; head: number; read: number; unread: number }[];
  read: number;
  unread: number;
  code: string;
  message: string;
  retry: boolean;
  retryAfterMs: number;
  ref: string;
};

export type PeerOptions = {
  name?: string;
  /** Default: a new one. */
  session?: string;
  /** Any other field of `join`. */
  join?: { since?: number; epoch?: string; last?: string; lastAt?: number };
};

export function newSession(): string {
  return randomBytes(32).toString("base64url");
}

/** A room of which nobody else knows: tests run at the same time, perhaps on a server that others use too. */
export function newRoom(): string {
  return `conformance-${randomBytes(8).toString("hex")}`;
}

export function newId(): string {
  return randomBytes(12).toString("base64url");
}

/** A connection in the subprotocol; `plain` opens one without. */
export async function connect(target: Target, options: ConnectOptions = {}): Promise<Peer> {
  const headers = { "Sec-WebSocket-Protocol": "natter.v1", ...options.headers };
  return new Peer(await RawClient.connect(target.port, { host: target.host, ...options, headers }));
}

/** A plain client, in the room that the path names. A server may read nothing of it until it is in. */
export async function plain(target: Target, path: string, options: ConnectOptions = {}): Promise<RawClient> {
  const client = await RawClient.connect(target.port, { host: target.host, path, ...options });
  if (!options.paused) await client.ping();
  return client;
}

/** A connection that said hello. */
export async function arrive(target: Target, options: PeerOptions = {}): Promise<Peer> {
  const peer = await connect(target);
  await peer.hello(options);
  return peer;
}

/** A connection that is in a room. */
export async function enter(target: Target, room: string, options: PeerOptions = {}): Promise<Peer> {
  const peer = await arrive(target, options);
  peer.joined = await peer.join(room, options.join);
  return peer;
}

export class Peer {
  readonly raw: RawClient;
  /** The answer to `hello`. */
  welcome: Heard = NOTHING_YET;
  /** The answer to the `join` of `enter`. */
  joined: Heard = NOTHING_YET;
  readonly #heard: Heard[] = [];

  constructor(raw: RawClient) {
    this.raw = raw;
  }

  get id(): string {
    return this.welcome.you.id;
  }

  get session(): string {
    return this.welcome.session;
  }

  say(...frames: object[]): this {
    for (const frame of frames) this.raw.send(JSON.stringify(frame));
    return this;
  }

  /** The next frame, but for `presence`, which comes when it likes. It must be of this type. */
  async hear(type: string, patienceMs?: number): Promise<Heard> {
    const frame = await this.#take((heard) => heard.type !== "presence", patienceMs);
    assert.equal(frame.type, type, JSON.stringify(frame).slice(0, 500));
    return frame;
  }

  async hearAll(type: string, count: number): Promise<Heard[]> {
    const frames: Heard[] = [];
    while (frames.length < count) frames.push(await this.hear(type));
    return frames;
  }

  /** The next `error`, with this code. */
  async refused(code: string): Promise<Heard> {
    const frame = await this.hear("error");
    assert.equal(frame.code, code, JSON.stringify(frame));
    return frame;
  }

  /** The first `presence` of these, now or later, of which this is true. */
  presence(isIt: (frame: Heard) => boolean, patienceMs?: number): Promise<Heard> {
    return this.#take((frame) => frame.type === "presence" && isIt(frame), patienceMs);
  }

  /** Nothing came but presence: the answer to a ping comes first. */
  async hearsNothing(): Promise<void> {
    const ref = newId();
    this.say({ type: "ping", ref });
    const frame = await this.hear("pong");
    assert.equal(frame.ref, ref);
  }

  async hello({ name = "Ada", session = newSession() }: PeerOptions = {}): Promise<Heard> {
    this.say({ type: "hello", name, session });
    this.welcome = await this.hear("welcome");
    return this.welcome;
  }

  async join(room: string, position: PeerOptions["join"] = {}): Promise<Heard> {
    this.say({ type: "join", room, ...position });
    return await this.hear("joined");
  }

  /** Sends a message and waits until it is acknowledged. */
  async tell(room: string, text: string, id = newId()): Promise<Heard> {
    this.say({ type: "send", room, id, text });
    const event = await this.hear("event");
    assert.equal(event.id, id);
    return event;
  }

  /** The close frame; 1006 where there was none. */
  closing(patienceMs?: number): Promise<Closing> {
    return inTime(this.raw.closed, "the server to close the connection", patienceMs);
  }

  /** Closes the connection, and waits until the server knows. */
  async leave(): Promise<void> {
    await this.raw.leave();
  }

  async #take(isIt: (frame: Heard) => boolean, patienceMs?: number): Promise<Heard> {
    const index = this.#heard.findIndex(isIt);
    if (index >= 0) return this.#heard.splice(index, 1)[0]!;
    for (;;) {
      const frame = JSON.parse(await this.raw.next(patienceMs)) as Heard;
      if (isIt(frame)) return frame;
      this.#heard.push(frame);
    }
  }
}

const NOTHING_YET = {} as Heard;
