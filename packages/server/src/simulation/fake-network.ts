import assert from "node:assert/strict";
import type { Channels, Clock, Connection } from "../ports.ts";
import type { Random } from "./random.ts";

/** What may wait for a client before it counts as slow: small, so that it happens often. */
export const MAX_WAITING_BYTES = 2_000;

/** Where everybody is: an office behind one router. */
export const ADDRESS = "10.0.0.1";

/** What the other end of a connection is told. */
export type Peer = { receive(text: string): void; closed(code: number): void };

/** Channels as the hub has them: a message reaches each member in the order of the calls. */
export class FakeChannels implements Channels {
  readonly #members = new Map<string, Set<FakeConnection>>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Mostly not at all, as in small rooms. */
  waitMs(): number {
    return this.#random.chance(0.2) ? this.#random.between(1, 10) : 0;
  }

  publish(channel: string, text: () => string, except?: Connection): void {
    const members = [...(this.#members.get(channel) ?? [])].filter((member) => member !== except);
    if (members.length === 0) return;
    const said = text();
    for (const member of members) member.send(said);
  }

  join(channel: string, member: FakeConnection): void {
    this.#members.set(channel, (this.#members.get(channel) ?? new Set()).add(member));
  }

  leave(channel: string, member: FakeConnection): void {
    this.#members.get(channel)?.delete(member);
  }
}

/**
 * One connection, seen from the server. What is under way takes a random time, in order; when the connection is
 * cut, whatever has not arrived is lost, either way.
 */
export class FakeConnection implements Connection {
  readonly id: number;
  readonly address = ADDRESS;
  readonly protocol: string;
  isOpen = true;
  isPaused = false;
  /** A client that takes nothing. */
  isStalled = false;
  /** The server's side, once there is one. */
  onMessage: (text: string) => void = () => {};
  onGone: () => void = () => {};
  onSlow: () => "keep" | "cut" = () => "cut";

  readonly #clock: Clock;
  readonly #random: Random;
  readonly #channels: FakeChannels;
  readonly #peer: Peer;
  readonly #joined = new Set<string>();
  #toClient: string[] = [];
  #toServer: string[] = [];
  #onDrained: (() => void)[] = [];
  #isHalfOpen = false;
  #isDelivering = false;
  #isCarrying = false;

  constructor(of: {
    id: number;
    protocol: string;
    clock: Clock;
    random: Random;
    channels: FakeChannels;
    peer: Peer;
  }) {
    this.id = of.id;
    this.protocol = of.protocol;
    this.#clock = of.clock;
    this.#random = of.random;
    this.#channels = of.channels;
    this.#peer = of.peer;
  }

  /** The hub's, so that nobody is cut for what is sent to them alone. */
  readonly mayWaitBytes = 1_048_576;

  get waitingBytes(): number {
    return this.#toClient.reduce((sum, text) => sum + text.length, 0);
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.#toClient.push(text);
    this.#deliver();
  }

  join(channel: string): void {
    if (!this.isOpen) return;
    this.#joined.add(channel);
    this.#channels.join(channel, this);
  }

  leave(channel: string): void {
    this.#joined.delete(channel);
    this.#channels.leave(channel, this);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#carry();
  }

  close(code: number): void {
    this.cut(code);
  }

  terminate(): void {
    this.cut(1006);
  }

  whenDrained(callback: () => void): void {
    this.#onDrained.push(callback);
    if (this.#toClient.length === 0) this.#clock.soon(() => this.#drained());
  }

  /** The hub looks at the end of each turn whether more waits than may. */
  checkWaiting(): void {
    if (!this.isOpen || this.waitingBytes <= MAX_WAITING_BYTES) return;
    if (this.onSlow() === "cut") this.terminate();
    else assert.equal(this.#joined.size, 0, "P7 to a slow reader that is kept, nothing more is published");
  }

  /** From the client. */
  fromClient(text: string): void {
    if (!this.isOpen || this.#isHalfOpen) return;
    this.#toServer.push(text);
    this.#carry();
  }

  unstall(): void {
    if (this.#isHalfOpen) return;
    this.isStalled = false;
    this.#deliver();
  }

  /** The connection ends; each side learns of it in its own time. */
  cut(code = 1006): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const channel of [...this.#joined]) this.leave(channel);
    this.#toClient = [];
    this.#toServer = [];
    this.#clock.after(this.#random.between(0, 20), () => this.onGone());
    if (!this.#isHalfOpen) this.#clock.after(this.#random.between(0, 20), () => this.#peer.closed(code));
  }

  /**
   * The client is gone and the server does not know yet: what the client sent last still arrives, beside what it
   * says on its next connection, and what it is sent goes nowhere.
   */
  goHalfOpen(): void {
    if (!this.isOpen || this.#isHalfOpen) return;
    this.#isHalfOpen = true;
    this.isStalled = true;
    this.#clock.after(this.#random.between(0, 20), () => this.#peer.closed(1006));
    this.#clock.after(this.#random.between(100, 600), () => this.cut());
  }

  #deliver(): void {
    if (this.#isDelivering || this.isStalled) return;
    this.#isDelivering = true;
    this.#clock.after(this.#random.between(0, 5), () => {
      this.#isDelivering = false;
      const text = this.isStalled ? undefined : this.#toClient.shift();
      if (text === undefined) return;
      this.#peer.receive(text);
      if (this.#toClient.length > 0) this.#deliver();
      else this.#drained();
    });
  }

  #carry(): void {
    if (this.#isCarrying || this.isPaused) return;
    this.#isCarrying = true;
    this.#clock.after(this.#random.between(0, 5), () => {
      this.#isCarrying = false;
      const text = this.isPaused ? undefined : this.#toServer.shift();
      if (text === undefined) return;
      this.onMessage(text);
      if (this.#toServer.length > 0) this.#carry();
    });
  }

  #drained(): void {
    if (!this.isOpen || this.#toClient.length > 0) return;
    const callbacks = this.#onDrained;
    this.#onDrained = [];
    for (const callback of callbacks) callback();
  }
}
