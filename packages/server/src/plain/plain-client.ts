import { randomBytes } from "node:crypto";
import { limits, makeId, type Person } from "@natter/protocol";
import type { Meter } from "../access/message-rate.ts";
import type { Chat } from "../chat.ts";
import type { Connection } from "../ports.ts";
import { sentenceChannel } from "../rooms/channels.ts";
import type { Lease } from "../rooms/rooms.ts";
import { StoreError } from "../store/errors.ts";
import type { Guest } from "./guest.ts";

/** Where it is, and as whom. */
type Place = { readonly lease: Lease; readonly person: Person };

/**
 * One connection of a plain client: a text message in is a line of chat to everybody else in the room, and it
 * hears who comes and goes. The newcomer itself hears nothing (B1).
 */
export class PlainClient {
  readonly #chat: Chat;
  readonly #connection: Connection;
  readonly #room: string;
  readonly #meter: Meter;
  /** A new person at each connection, even where the number is that of an earlier start (B2). */
  readonly #id = randomBytes(16).toString("base64url");
  readonly #place: Promise<Place | undefined>;
  /** Lines that are not stored yet. */
  #linesUnderWay = 0;
  #hasLeft = false;
  /** It has made the room that it is in. */
  #hasBegun = false;

  constructor(chat: Chat, connection: Connection, guest: Guest) {
    this.#chat = chat;
    this.#connection = connection;
    this.#room = guest.room;
    this.#meter = chat.rate.meter(connection.address, chat.clock.elapsed());
    // Until it is in its room nothing is read of it: a store that hangs would have its lines pile up here.
    connection.pause();
    this.#place = this.#enter(guest)
      .catch((error) => {
        if (!(error instanceof StoreError)) chat.report(error);
        connection.close(1013, "The room cannot be opened now: try again later.");
        return undefined;
      })
      .finally(() => connection.resume());
  }

  /** A message came. */
  receive(message: string | Uint8Array): undefined {
    if (!this.#connection.isOpen) return;
    if (typeof message !== "string") return this.#close(1003, "Text only, please.");
    if (Buffer.byteLength(message) > limits.maxTextBytes) {
      return this.#close(1009, `A line may have ${limits.maxTextBytes} bytes.`);
    }
    if (!this.#isWithinRate()) return;
    switch (this.#chat.refusal(this.#room)?.code) {
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

  /**
   * Numbers count every plain client, those that gave a name as well.
   *
   * @throws {StoreError}
   */
  async #enter({ room: name, name: given }: Guest): Promise<Place> {
    const { store, rooms } = this.#chat;
    const number = await store.takeNumber();
    const lease = await rooms.lease(name); // last: whoever fails after it has to give it back
    const person: Person = { id: this.#id, name: given ?? String(number), plain: true };
    // It may be gone by now: then it came and goes, and what it said meanwhile was said.
    lease.room.presence.enter(person, this.#connection);
    this.#connection.join(sentenceChannel(name));
    return { lease, person };
  }

  #append(text: string): undefined {
    this.#linesUnderWay++;
    const settled = (): void => {
      this.#linesUnderWay--;
      this.#announceLeaving();
    };
    const at = this.#chat.clock.now();
    void this.#place.then((place) => {
      if (place === undefined) return settled();
      const { lease, person } = place;
      if (!this.#mayBegin(lease)) return settled();
      const draft = { kind: "message", id: makeId(), at, from: person, text } as const;
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
    void this.#place.then((place) => {
      place?.lease.room.presence.exit(place.person, this.#connection, true);
      place?.lease.release();
    });
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
