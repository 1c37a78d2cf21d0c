// A client whose server, clock and chance are the test's.

import assert from "node:assert/strict";
import {
  ChatClient,
  type ChatClientOptions,
  type Happening,
  type Socket,
  type SocketEvent,
  type Timer,
} from "@natter/client";
import type { ClientFrame, EventFrame, JoinedFrame, SendFrame, ServerFrame } from "@natter/protocol";

/** Time that the test moves; a laptop that sleeps has time pass without any timer. */
export class ManualClock {
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    assert.ok(ms >= 0 && ms < 2 ** 31, `a timer of ${ms} ms`);
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return { cancel: () => this.#forget(timer) };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Timers do not run meanwhile: they are late then. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#forget(next);
      next.run();
      await turn();
    }
    this.#now = end;
  }

  #forget(timer: { at: number; run: () => void }): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
  }
}

/** All that is on its way by promises has happened. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The server's end of one connection. */
export class Line {
  readonly frames: ClientFrame[] = [];
  readonly #listeners = new Map<string, (event: SocketEvent) => void>();
  isClosed = false;

  readonly socket: Socket = {
    send: (data) => this.frames.push(JSON.parse(data)),
    close: () => {
      this.isClosed = true;
    },
    addEventListener: (type, listener) => this.#listeners.set(type, listener),
  };

  open(): void {
    this.#listeners.get("open")?.({});
  }

  /** Whatever it is, in this turn. */
  say(...frames: (ServerFrame | string)[]): void {
    for (const frame of frames) this.hear(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** A message as the socket gives it, a binary one perhaps. */
  hear(data: unknown): void {
    this.#listeners.get("message")?.({ data });
  }

  close(code: number): void {
    this.#listeners.get("close")?.({ code, reason: "" });
  }

  /** What came since it was asked last. */
  take(): ClientFrame[] {
    return this.frames.splice(0);
  }
}

export const ME = { id: "24kq6fkTbh0zA4iI_h940Q", name: "Ada" };
export const BOB = { id: "bobbobbobbobbobbobbob0", name: "Bob" };
const LIMITS = { textBytes: 8_192, frameBytes: 65_536, messagesPerSecond: 0, burst: 0 };

export class Script implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly lines: Line[] = [];
  readonly chat: ChatClient;
  isOnline = true;
  #watch: (happening: Happening) => void = () => {};
  watchers = 0;

  constructor(options: Partial<ChatClientOptions> = {}) {
    const { lines } = this;
    this.chat = new ChatClient({
      url: "ws://scripted/",
      name: "Ada",
      clock: this.clock,
      random: () => 0.5,
      locks: undefined,
      surroundings: {
        isOnline: () => this.isOnline,
        watch: (callback) => {
          this.#watch = callback;
          this.watchers++;
          return () => this.watchers--;
        },
      },
      WebSocket: class {
        constructor() {
          const line = new Line();
          lines.push(line);
          // biome-ignore lint/correctness/noConstructorReturn: a WebSocket is what the line has of one
          return line.socket as this;
        }
        send(): void {}
        close(): void {}
        addEventListener(): void {}
      },
      ...options,
    });
  }

  /** The newest connection. */
  get line(): Line {
    const line = this.lines.at(-1);
    assert.ok(line !== undefined, "there is a connection");
    return line;
  }

  happen(happening: Happening): void {
    this.#watch(happening);
  }

  /** Opens the newest connection and greets. */
  async greet(limits: Partial<typeof LIMITS> = {}): Promise<Line> {
    await turn();
    const { line } = this;
    line.open();
    const [hello] = line.frames;
    assert.equal(hello?.type, "hello");
    const session = hello.session ?? "";
    const rest = { session, connection: 1, limits: { ...LIMITS, ...limits }, heartbeatMs: 25_000 };
    line.say({ type: "welcome", you: { ...ME, name: hello.name }, ...rest });
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chat.close();
  }
}

export function joined(of: Partial<JoinedFrame> = {}): JoinedFrame {
  const people = { count: 1, list: [ME] };
  return { type: "joined", room: "lobby", epoch: "e", head: 0, first: 1, read: 0, unread: 0, people, ...of };
}

export function event(seq: number, of: Partial<EventFrame> = {}): EventFrame {
  const from = BOB;
  return {
    type: "event",
    kind: "message",
    room: "lobby",
    seq,
    at: seq,
    id: `i${seq}`,
    from,
    text: `${seq}`,
    ...of,
  };
}

/** The state now: what was said of it before no longer holds. */
export function stateOf<State>({ state }: { readonly state: State }): State {
  return state;
}

export function sends(frames: readonly { type: string }[]): SendFrame[] {
  return frames.filter((frame): frame is SendFrame => frame.type === "send");
}
