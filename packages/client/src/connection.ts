import {
  type ClientFrame,
  type ErrorFrame,
  type HelloFrame,
  type ReceivedFrame,
  SUBPROTOCOL,
  type WelcomeFrame,
} from "@natter/protocol";
import { backoffMs } from "./backoff.ts";
import { decode } from "./decode.ts";
import type { Environment, Happening, Socket, SocketEvent, Timer } from "./environment.ts";
import { ChatError, errorOf } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";

/** Why there is no connection any more, or none yet. */
export type Loss =
  /** It was closed: `code` as in docs/errors.md; 1006 where it broke, or never came about. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** Nothing came, not even an answer to a `ping`; or no `welcome` in time. */
  | { readonly kind: "silent" }
  /** The server refused `hello`. */
  | { readonly kind: "hello refused"; readonly error: ChatError };

/** Where the connection stands. Times are in milliseconds since 1970. */
export type ConnectionState =
  /** A connection is being made; `attempt` counts those since the last that lasted, from 1. */
  | { readonly kind: "connecting"; readonly attempt: number }
  /** The server knows who this is. Rooms are joined now, and what waits is sent. */
  | {
      readonly kind: "live";
      readonly you: { readonly id: string; readonly name: string };
      readonly limits: WelcomeFrame["limits"];
      /** The server's number of this connection, for its logs. */
      readonly connection: number;
    }
  /** The connection was lost; at `until` the next is made. */
  | { readonly kind: "waiting"; readonly until: number; readonly attempt: number; readonly loss: Loss }
  /** The device says that there is no network. At once when it says otherwise, and at `until` all the same. */
  | { readonly kind: "offline"; readonly until: number; readonly attempt: number; readonly loss: Loss }
  /** The server does not want this client back until a person does something: `connect()`, another name. */
  | { readonly kind: "refused"; readonly loss: Loss }
  /** Closed on this side, for good. */
  | { readonly kind: "closed" };

/** Close codes after which only a person may connect again (X5); all others are worth a try. */
export const STOP_CODES: readonly number[] = [1000, 1002, 1003, 1007, 1008, 1009];

/** Milliseconds for a connection to be made and greeted. */
const GREETING_TIMEOUT_MS = 20_000;
/** A connection that held for so long, in ms, was a good one: the next loss begins with the shortest wait again. */
const LASTED_MS = 10_000;
/** How long to wait where the device says there is no network, in ms. It may be wrong: a server on this machine. */
const OFFLINE_MS = 60_000;
/** Tries that 1012 and 1013 count for: all who were there come back at the same time, so within 4 s, not half a one. */
const CROWD_ATTEMPTS = 3;

type Hooks = {
  readonly hello: () => HelloFrame;
  readonly onState: (state: ConnectionState) => void;
  /** `hello` was sent: more may follow at once (H6). */
  readonly onOpen: () => void;
  /** A frame after the greeting, or `welcome` itself. */
  readonly onFrame: (frame: ReceivedFrame) => void;
  /** The connection that was open is not any more. */
  readonly onLost: () => void;
  readonly onBroken: (error: ChatError) => void;
};

/** In which a server on the device itself, or beside it, answers, where there is no other network. */
const NEAR_MS = 2_000;

/** One connection after the other: connects, greets, notices that one is dead, and comes back (X5). */
export class Connection {
  readonly #env: Environment;
  readonly #url: string;
  readonly #hooks: Hooks;
  readonly #unwatch: () => void;
  #state: ConnectionState = { kind: "connecting", attempt: 1 };
  #you: { readonly id: string; readonly name: string } | undefined;
  #socket: Socket | undefined;
  #isOpen = false;
  #heartbeat: Heartbeat | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #liveAt = 0;
  /** What a server that restarts asked for. */
  #askedMs = 0;

  constructor(env: Environment, url: string, hooks: Hooks) {
    this.#env = env;
    this.#url = url;
    this.#hooks = hooks;
    this.#unwatch = env.surroundings.watch((happening) => this.#happened(happening));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Who this is, as the server said last. */
  get you(): { readonly id: string; readonly name: string } | undefined {
    return this.#you;
  }

  /** The person goes by another name. */
  renamed(you: { readonly id: string; readonly name: string }): void {
    this.#you = you;
    if (this.#state.kind === "live") this.#enter({ ...this.#state, you });
  }

  /** Whether frames can be sent: `hello` is out. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Connects now, whatever is waited for. Nothing where there is a connection, or the client is closed. */
  connect(): void {
    if (this.#state.kind === "closed" || this.#socket !== undefined) return;
    this.#timer?.cancel();
    this.#timer = this.#env.clock.after(GREETING_TIMEOUT_MS, () => this.#lose({ kind: "silent" }));
    this.#askedMs = 0;
    this.#enter({ kind: "connecting", attempt: this.#failures + 1 });
    let socket: Socket;
    try {
      socket = new this.#env.WebSocket(this.#url, SUBPROTOCOL);
    } catch (error) {
      // Such as ws:// from a page of https://: the browser will say the same next time.
      this.#stop({ kind: "closed", code: 1006, reason: String(error) });
      return;
    }
    this.#socket = socket;
    const on = (type: "open" | "message" | "close" | "error", act: (event: SocketEvent) => void): void =>
      socket.addEventListener(type, (event) => {
        if (this.#socket === socket) act(event);
      });
    on("open", () => this.#opened());
    on("message", ({ data }) => this.#receive(data));
    on("close", ({ code = 1006, reason = "" }) => this.#lose({ kind: "closed", code, reason }));
    // What went wrong is not told to pages; `close` follows. Without a listener Node's `ws` would throw.
    on("error", () => {});
  }

  send(frame: ClientFrame): void {
    if (this.#isOpen) this.#socket?.send(JSON.stringify(frame));
  }

  /** For good. */
  close(): void {
    this.#unwatch();
    this.#drop(1000);
    this.#enter({ kind: "closed" });
  }

  #opened(): void {
    this.#isOpen = true;
    this.send(this.#hooks.hello());
    this.#hooks.onOpen();
  }

  #receive(data: unknown): void {
    this.#heartbeat?.heard();
    const frame = typeof data === "string" ? decode(data) : undefined;
    if (!frame) {
      this.#hooks.onBroken(new ChatError("bad_server"));
      return;
    }
    if (this.#state.kind === "live") {
      if (frame.type === "error" && frame.code === "restarting") this.#askedMs = frame.retryAfterMs ?? 0;
      if (frame.type !== "welcome") this.#hooks.onFrame(frame);
    } else if (frame.type === "welcome") {
      this.#greeted(frame);
    } else if (frame.type === "error" && frame.room === undefined && frame.ref === undefined) {
      this.#refusedHello(frame);
    }
  }

  #greeted(frame: WelcomeFrame): void {
    const { you, limits, connection } = frame;
    this.#timer?.cancel();
    this.#liveAt = this.#env.clock.elapsed();
    this.#heartbeat = new Heartbeat({
      clock: this.#env.clock,
      intervalMs: frame.heartbeatMs,
      ping: () => this.send({ type: "ping" }),
      onDead: () => this.#lose({ kind: "silent" }),
    });
    this.#you = you;
    this.#enter({ kind: "live", you, limits, connection });
    this.#hooks.onFrame(frame);
  }

  /** A new connection is as good as another hello on this one (H4), and what else was sent needs no second look. */
  #refusedHello(frame: ErrorFrame): void {
    const loss: Loss = { kind: "hello refused", error: errorOf(frame) };
    this.#askedMs = frame.retryAfterMs ?? 0;
    if (frame.retry) this.#lose(loss);
    else this.#stop(loss);
  }

  #lose(loss: Loss): void {
    if (loss.kind === "closed" && STOP_CODES.includes(loss.code)) {
      this.#stop(loss);
      return;
    }
    const { clock, random, surroundings } = this.#env;
    const lasted = this.#state.kind === "live" && clock.elapsed() - this.#liveAt >= LASTED_MS;
    this.#failures = lasted ? 1 : this.#failures + 1;
    const isCrowd = loss.kind === "closed" && (loss.code === 1012 || loss.code === 1013);
    const attempt = this.#failures + (isCrowd ? CROWD_ATTEMPTS : 0);
    const isOnline = surroundings.isOnline();
    const waitMs = isOnline ? backoffMs(attempt, random, this.#askedMs) : OFFLINE_MS;
    this.#drop();
    this.#timer = clock.after(waitMs, () => this.connect());
    const kind = isOnline ? "waiting" : "offline";
    this.#enter({ kind, until: clock.now() + waitMs, attempt: this.#failures, loss });
  }

  #stop(loss: Loss): void {
    this.#drop();
    this.#enter({ kind: "refused", loss });
  }

  /** Lets go of the connection at once: a dead one may take minutes to close, and its end is nobody's any more. */
  #drop(code?: number): void {
    const socket = this.#socket;
    const wasOpen = this.#isOpen;
    this.#socket = undefined;
    this.#isOpen = false;
    this.#timer?.cancel();
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    socket?.close(code);
    if (wasOpen) this.#hooks.onLost();
  }

  #happened(happening: Happening): void {
    const { kind } = this.#state;
    if (kind === "live") this.#heartbeat?.probe(happening === "offline" ? NEAR_MS : undefined);
    else if (kind === "waiting" || kind === "offline") {
      if (happening !== "offline") this.connect();
    } else if (kind === "refused" && happening === "visible" && this.#state.loss.kind === "closed") {
      this.connect(); // whoever comes back to the page wants to go on (X5); a name would be refused again
    }
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#hooks.onState(state);
  }
}
