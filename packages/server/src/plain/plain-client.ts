import { randomBytes } from "node:crypto";
import { limits, makeId, type Person } from "@natter/protocol";
import type { Meter } from "../access/message-rate.ts";
import type { Chat } from "../chat.ts";
import type { Connection } from "../ports.ts";
import { sentenceChannel } from "../rooms/channels.ts";
import type { Lease } from "../rooms/rooms.ts";
import type { Guest } from "./guest.ts";

/**
 * One connection of a plain client: a text message in is a line of chat to everybody else in the room, and it
 * hears who comes and goes. The newcomer itself hears nothing (B1).
 */
export class PlainClient {
  readonly #chat: Chat;
  readonly #connection: Connection;
  readonly #meter: Meter;
  readonly #room: string;
  readonly #person: Person;
  readonly #lease: Promise<Lease | undefined>;
  /** Lines that are not stored yet. */
  #linesUnderWay = 0;
  #hasLeft = false;
  /** It has made the room that it is in. */
  #hasBegun = false;

  /** @param number what it goes by where it gave no name */
  constructor(chat: Chat, connection: Connection, guest: Guest, number: number) {
    this.#chat = chat;
    this.#connection = connection;
    this.#meter = chat.rate.meter(connection.address, chat.clock.elapsed());
    this.#room = guest.room;
    // A new person at each connection, even where the number is that of an earlier start (B2).
    const id = randomBytes(16).toString("base64url");
    this.#person = { id, name: guest.name ?? String(number), plain: true };
    chat.presence.enter(guest.room, this.#person, connection);
    connection.join(sentenceChannel(guest.room));
    this.#lease = chat.rooms.lease(guest.room).catch(() => {
      connection.close(1013, "The room cannot be opened now: try again later.");
      return undefined;
    });
  }

  /** A message came. */
  receive(message: string | Uint8Array): undefined {
    if (!this.#connection.isOpen) return;
    if (typeof message !== "string") return this.#close(1003, "Text only, please.");
    if (Buffer.byteLength(message) > limits.maxTextBytes) {
      return this.#close(1009, `A line may have ${limits.maxTextBytes} bytes.`);
    }
    if (!this.#isWithinRate()) return;
    switch (this.#chat.refusal()?.code) {
      case undefined:
        return this.#append(message);
      case "busy":
        return this.#close(1013, "Your line cannot be taken now: try again later.");
      case "restarting":
        return this.restart();
    }
  }

  /** It cannot come back to what it missed, so there is nothing to be gained by waiting for it (L4). */
  fallBehind(): "cut" {
    return "cut";
  }

  /** The connection is gone. What it said is heard before it is said to have left. */
  end(): void {
    this.#hasLeft = true;
    this.#meter.release();
    this.#announceLeaving();
  }

  restart(): undefined {
    this.#close(1001, "The server is stopping.");
  }

  #append(text: string): undefined {
    this.#linesUnderWay++;
    const settled = (): void => {
      this.#linesUnderWay--;
      this.#announceLeaving();
    };
    const draft = {
      kind: "message",
      id: makeId(),
      at: this.#chat.clock.now(),
      from: this.#person,
      text,
    } as const;
    void this.#lease.then((lease) => {
      if (lease === undefined) return settled();
      if (!this.#mayBegin(lease)) return settled();
      return lease.room.appendLine(draft, this.#connection, {
        stored: settled,
        failed: () => {
          this.#close(1013, "Your line could not be stored: try again later.");
          settled();
        },
      });
    });
  }

  /** The first line in a room of which nothing is stored makes it, for ever: so many of one address, and no more (M8). */
  #mayBegin({ room }: Lease): boolean {
    if (this.#hasBegun || room.delivered > 0) return true;
    this.#hasBegun = this.#meter.takeNewRoom(this.#chat.clock.elapsed()) === 0;
    if (!this.#hasBegun) this.#close(1013, "Too many new rooms from your address: try again later.");
    return this.#hasBegun;
  }

  #announceLeaving(): void {
    if (!this.#hasLeft || this.#linesUnderWay > 0) return;
    this.#chat.presence.exit(this.#room, this.#person, this.#connection, true);
    void this.#lease.then((lease) => lease?.release());
  }

  /** Reads a sender that is over the rate more slowly; one that is far over it has to go. */
  #isWithinRate(): boolean {
    const verdict = this.#meter.spend(this.#chat.clock.elapsed());
    switch (verdict.kind) {
      case "fine":
        return true;
      case "slow down":
        if (!this.#connection.isPaused) this.#pauseUntilPaid(verdict.waitMs);
        return true;
      case "flood":
        this.#close(1008, "Too many messages too fast.");
        return false;
    }
  }

  /** What was already read is still delivered after a pause, and adds to the debt: so it is asked again. */
  #pauseUntilPaid(waitMs: number): void {
    this.#connection.pause();
    this.#chat.clock.after(waitMs, () => {
      const stillMs = this.#meter.waitMs(this.#chat.clock.elapsed());
      if (stillMs > 0) this.#pauseUntilPaid(stillMs);
      else this.#connection.resume();
    });
  }

  #close(code: number, reason: string): undefined {
    this.#connection.close(code, reason);
  }
}
