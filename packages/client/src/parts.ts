import { type ClientFrame, makeId } from "@natter/protocol";
import { Adoption } from "./adoption.ts";
import type { ChatClient } from "./client.ts";
import { Connection } from "./connection.ts";
import { type Environment, environment } from "./environment.ts";
import { ChatError } from "./errors.ts";
import { incoming } from "./incoming.ts";
import { Journal } from "./journal.ts";
import { Naming } from "./naming.ts";
import { type ChatClientOptions, defaultStorage, webSocketUrl } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Outgoing } from "./outgoing.ts";
import { Requests } from "./requests.ts";
import { Room } from "./room.ts";
import { keptSession } from "./session.ts";

/** What the rooms of one client share. */
export interface RoomParts {
  readonly env: Environment;
  readonly connection: Connection;
  readonly outgoing: Outgoing;
  readonly naming: Naming;
  readonly requests: Requests;
  readonly outbox: Outbox;
}

/** What the client itself has to do with. */
export interface Parts {
  readonly connection: Connection;
  readonly naming: Naming;
  readonly requests: Requests;
  /** The room of that name, which is made where there was none. */
  readonly roomOf: (name: string) => Room;
  readonly connect: () => void;
  /** Resolves when what is not settled is written down, or cannot be. */
  readonly close: () => Promise<void>;
}

/**
 * Makes a client's parts, and has each know what it needs of the others.
 * @throws {TypeError} where the URL is none
 */
export function assemble(chat: ChatClient, options: ChatClientOptions): Parts {
  const env = environment(options);
  const url = webSocketUrl(options.url);
  const storage = options.storage ?? defaultStorage(url);
  const owner = makeId();
  let session = options.session;
  const report = (error: ChatError): void => chat.emit("error", error);
  const connection = new Connection(env, url.href, {
    hello: () => ({ type: "hello", name: naming.say(), session }),
    onState: (state) => {
      chat.emit("state", state);
      if (state.kind !== "refused" || state.loss.kind !== "hello refused" || !naming.isAsked) return;
      // A name that was wanted while there was no connection: the old one stays, and was fine.
      naming.abandon(state.loss.error);
      connection.connect();
    },
    onOpen: () => outgoing.begin(),
    onFrame: (frame) => receive(frame),
    onLost: () => {
      for (const part of [outgoing, naming, requests, outbox]) part.lost();
      for (const room of rooms.values()) room.lost();
    },
    onBroken: report,
  });
  const outgoing = new Outgoing(env, connection, next);
  const { pump } = outgoing;
  const naming = new Naming(env, options.name, pump);
  const requests = new Requests(env, pump);
  const journal = new Journal({ env, storage, owner, report });
  const outbox = new Outbox({
    env,
    journal,
    maxWaiting: options.maxWaiting ?? 10_000,
    pump,
    onChange: (message) => rooms.get(message.room)?.emit("message", message),
  });
  const adoption = new Adoption({ env, storage, owner, outbox, report });
  const parts = { env, connection, outgoing, naming, requests, outbox };
  const rooms = new Map<string, Room>();
  const receive = incoming(parts, rooms);
  const begun = begin();
  return { connection, naming, requests, roomOf, connect, close };

  async function begin(): Promise<void> {
    session ??= await keptSession(storage, report);
    // Even where it was closed meanwhile: what was said is written down.
    journal.begin(session);
    if (connection.state.kind === "closed") return;
    connection.connect();
    if (storage.isShared) adoption.begin(session);
  }

  /** Never before there is a session to say hello with. */
  function connect(): void {
    if (session !== undefined) connection.connect();
  }

  async function close(): Promise<void> {
    const closed = new ChatError("closed");
    connection.close();
    adoption.stop();
    outgoing.lost();
    requests.abandon(closed);
    naming.abandon(closed);
    for (const room of rooms.values()) room.close();
    outbox.close();
    chat.end();
    await begun;
    await journal.close();
    adoption.release();
    storage.close();
  }

  function roomOf(name: string): Room {
    const room = rooms.get(name) ?? new Room(name, parts);
    rooms.set(name, room);
    return room;
  }

  /** What is sent next, and is sent: what is asked first, what is said then. Before `welcome` only joins go out (H6). */
  function next(): ClientFrame | undefined {
    // What another tab left, or what failed and is sent again, may be of a room that nobody has opened here, or that was left.
    for (const name of outbox.rooms) roomOf(name).membership.wantAside();
    const isJoined = (name: string): boolean => roomOf(name).membership.isJoined;
    const isLive = connection.state.kind === "live";
    let frame: ClientFrame | undefined = isLive ? naming.next() : undefined;
    for (const room of rooms.values()) frame ??= room.membership.next();
    return frame ?? (isLive ? (requests.next(isJoined) ?? outbox.next(isJoined)) : undefined);
  }
}
