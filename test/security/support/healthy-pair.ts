import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { enter, newRoom, type Peer, plain, type Target } from "../../conformance/peer.ts";
import type { RawClient } from "../../support/raw-client.ts";

/** Well within the rate of a connection. */
const EVERY_MS = 30;
/** No attack may make them wait for longer. On a machine with ten times the work of its cores it was 0.4 s at most. */
const PATIENCE_MS = 3_000;

/**
 * Two well-behaved clients, one of each kind, that chat while others attack. Each message has to get through; how long
 * it took is told, for whoever reads what the tests say.
 */
export class HealthyPair {
  readonly #ada: Peer;
  readonly #guest: RawClient;
  readonly #room: string;
  readonly #delaysMs: number[] = [];
  readonly #chatting: Promise<void>;
  #isOver = false;

  private constructor(room: string, ada: Peer, guest: RawClient) {
    this.#room = room;
    this.#ada = ada;
    this.#guest = guest;
    this.#chatting = this.#chat();
    this.#chatting.catch(() => {}); // told by `stop`
  }

  static async start(target: Target): Promise<HealthyPair> {
    const room = newRoom();
    const ada = await enter(target, room);
    return new HealthyPair(room, ada, await plain(target, `/${room}`));
  }

  /** @throws when a message did not get through */
  async stop(): Promise<{ count: number; medianMs: number; p99Ms: number }> {
    this.#isOver = true;
    await this.#chatting;
    await this.#ada.leave();
    await this.#guest.leave();
    const sorted = this.#delaysMs.toSorted((a, b) => a - b);
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
    return { count: sorted.length, medianMs: at(0.5), p99Ms: at(0.99) };
  }

  async #chat(): Promise<void> {
    for (let count = 1; !this.#isOver || count < 3; count++) {
      const sentAt = performance.now();
      const text = `message ${count}`;
      this.#ada.say({ type: "send", room: this.#room, id: `${count}`, text });
      assert.equal(await this.#guest.next(PATIENCE_MS), `Client (Ada) : ${text}`);
      assert.equal((await this.#ada.hear("event", PATIENCE_MS)).text, text);
      this.#guest.send(`answer ${count}`);
      assert.equal((await this.#ada.hear("event", PATIENCE_MS)).text, `answer ${count}`);
      this.#delaysMs.push((performance.now() - sentAt) / 2);
      await pause(EVERY_MS);
    }
  }
}

/** Does something to a server while a healthy pair chats on it, and tells how the pair fared. */
export async function whilePairChats<T>(
  t: TestContext,
  target: Target,
  attack: () => Promise<T>,
): Promise<T> {
  const pair = await HealthyPair.start(target);
  try {
    return await attack();
  } finally {
    const { count, medianMs, p99Ms } = await pair.stop();
    t.diagnostic(
      `meanwhile ${count} exchanges, median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms a message`,
    );
  }
}
