import assert from "node:assert/strict";
import {
  ChatClient,
  type ChatError,
  type Clock,
  type EventFrame,
  type Happening,
  type Message,
  type Room,
} from "@natter/client";
import { FakeSockets } from "./fake-socket.ts";
import type { FakeProfile } from "./fake-storage.ts";
import type { World } from "./world.ts";

/** What one tab knows of a room. */
type Known = { room: Room; events: EventFrame[]; next: number | undefined; resets: number };

/** One tab of a person: the real client, and somebody who looks at what it tells and fails when a promise is broken. */
export class Tab {
  readonly chat: ChatClient;
  readonly sockets: FakeSockets;
  readonly rooms = new Map<string, Known>();
  /** All that was said in this tab, in order. */
  readonly said: Message[] = [];
  readonly complaints: unknown[] = [];
  isOnline = true;
  readonly #profile: FakeProfile;
  readonly #watchers = new Set<(happening: Happening) => void>();

  constructor(world: World, profile: FakeProfile, who: { name: string; session: string; hasLocks: boolean }) {
    this.sockets = new FakeSockets(world);
    this.#profile = profile;
    const clock: Clock = {
      now: () => world.clock.now(),
      elapsed: () => world.clock.elapsed(),
      after: (ms, callback) => world.clock.after(ms, () => this.isDead || callback()),
    };
    this.chat = new ChatClient({
      url: "ws://simulated",
      name: who.name,
      session: who.session,
      storage: profile.storageFor(this),
      WebSocket: this.sockets.WebSocket,
      clock,
      random: () => world.random.next(),
      locks: who.hasLocks ? profile.locksFor(this) : undefined,
      surroundings: {
        isOnline: () => this.isOnline,
        watch: (callback) => {
          this.#watchers.add(callback);
          return () => this.#watchers.delete(callback);
        },
      },
    });
    this.chat.on("error", (error) => this.#complain(error));
  }

  get isDead(): boolean {
    return this.sockets.isDead;
  }

  /** Every message in this tab's outbox is settled. */
  get isSettled(): boolean {
    return [...this.rooms.values()].every(({ room }) => room.messages.every(({ isPending }) => !isPending));
  }

  open(name: string, since: "start" | "end"): void {
    const room = this.chat.room(name, { since });
    const known: Known = { room, events: [], next: since === "start" ? 1 : undefined, resets: 0 };
    this.rooms.set(name, known);
    room.on("reset", () => {
      known.resets++;
      known.events = [];
      known.next = undefined;
    });
    room.on("event", (event) => {
      try {
        known.next ??= event.seq;
        assert.equal(event.seq, known.next, `P5 ${name}: each event once, in order, without gaps`);
        assert.equal(room.position?.seq, event.seq);
        known.next++;
        known.events.push(event);
      } catch (error) {
        this.complaints.push(error);
      }
    });
  }

  say(name: string, text: string): void {
    const message = this.rooms.get(name)!.room.post(text);
    this.said.push(message);
  }

  happen(happening: Happening): void {
    for (const watcher of this.#watchers) watcher(happening);
  }

  /** The browser kills it: nothing of it runs any more. */
  kill(): void {
    this.sockets.isDead = true;
    this.sockets.connection?.cut();
    this.#profile.freeLocksOf(this);
  }

  #complain(error: ChatError): void {
    if (error.code !== "storage_failed") this.complaints.push(error);
  }
}
