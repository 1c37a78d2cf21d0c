import assert from "node:assert/strict";
import { ChatClient, type Message } from "@natter/client";
import { FakeDevice } from "./fake-device.ts";
import { FakeSockets } from "./fake-socket.ts";
import type { FakeProfile } from "./fake-storage.ts";
import { KnownRoom } from "./known-room.ts";
import { ROOMS, type World } from "./world.ts";

/** Whatever is asked of a client may end so: by leaving the room, or closing the client. */
const OVER: readonly string[] = ["left", "closed"];

export type Owner = {
  readonly name: string;
  readonly session: string | undefined;
  readonly hasLocks: boolean;
  readonly profile: FakeProfile;
};

/** One tab of a person: the real client in a simulated browser. */
export class Tab {
  readonly device: FakeDevice;
  readonly sockets: FakeSockets;
  readonly chat: ChatClient;
  readonly rooms = new Map<string, KnownRoom>();
  /** All that was said in this tab, in order. */
  readonly said: Message[] = [];
  /** What was asked of the client and is not answered. */
  readonly open = new Set<string>();
  readonly complaints: unknown[] = [];
  readonly #profile: FakeProfile;
  #asked = 0;

  constructor(world: World, { name, session, hasLocks, profile }: Owner) {
    const device = new FakeDevice(world);
    this.device = device;
    this.sockets = new FakeSockets(world, device);
    this.#profile = profile;
    this.chat = new ChatClient({
      url: "ws://simulated",
      name,
      session,
      storage: profile.storageFor(device),
      WebSocket: this.sockets.WebSocket,
      clock: device.clock,
      surroundings: device.surroundings,
      random: () => world.random.next(),
      locks: hasLocks ? profile.locksFor(device) : undefined,
    });
    this.chat.on("error", (error) => {
      if (error.code !== "storage_failed") this.complaints.push(error);
    });
    for (const room of ROOMS) {
      const since = world.random.pick(["start", "end"] as const);
      this.rooms.set(room, new KnownRoom(this.chat, room, since, (error) => this.complaints.push(error)));
    }
  }

  /** It is in all its rooms, nothing waits, and nothing is unanswered. */
  get isSettled(): boolean {
    if (this.open.size > 0) return false;
    return [...this.rooms.values()].every(
      ({ room, isWanted }) => room.messages.every(isSettled) && (!isWanted || room.state.kind === "joined"),
    );
  }

  /** Is answered in the end, and if it is refused, then as it may be. */
  ask<T>(what: string, asking: () => Promise<T>, codes: readonly string[] = []): void {
    const name = `${what} ${++this.#asked}`;
    this.open.add(name);
    asking().then(
      () => this.open.delete(name),
      (error) => {
        this.open.delete(name);
        if (![...OVER, ...codes].includes(error.code)) this.complaints.push(error);
      },
    );
  }

  look(): void {
    for (const known of this.rooms.values()) known.look();
    if (this.complaints.length > 0) throw this.complaints[0];
  }

  /** The browser kills it: nothing of it runs any more. */
  kill(): void {
    this.device.isDead = true;
    this.sockets.connection?.cut();
    this.#profile.freeLocksOf(this.device);
  }

  /** After `close` came to an end. */
  checkClosed(): void {
    assert.deepEqual([...this.open], [], "whatever was asked is answered when the client is closed");
    assert.equal(this.device.timers.size, 0, "no timer is left behind");
    assert.equal(this.device.watchers.size, 0, "no watcher is left behind");
  }
}

function isSettled({ isPending }: Message): boolean {
  return !isPending;
}
