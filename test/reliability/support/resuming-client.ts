import { type ErrorFrame, SUBPROTOCOL } from "@natter/protocol";
import { ModelClient } from "../../../packages/server/src/simulation/model-client.ts";
import type { Random } from "../../../packages/server/src/simulation/random.ts";
import type { Closing } from "../../support/raw-client.ts";
import { Wire } from "./wire.ts";

const TICK_MS = 100;
/** A client has at most so many unsettled (S4). */
const MAX_UNSETTLED = 64;

type Options = {
  name: string;
  rooms: readonly string[];
  port: number;
  random: Random;
  /** How long it waits before it connects again, in ms, at most. */
  comeBackMs?: number;
  /** Silence after which it pings, and after as much again takes the connection for dead, in ms. Default: never. */
  patienceMs?: number;
};

/** The model client over real connections: it comes back whenever one ends, and goes on where it was. */
export class ResumingClient {
  readonly model: ModelClient;
  /** How its connections ended. */
  readonly closings: Closing[] = [];
  readonly errors: ErrorFrame[] = [];
  /** The first promise that it saw broken. */
  failure: unknown;
  wire: Wire | undefined;
  connects = 0;
  readonly #options: Options;
  readonly #tick: NodeJS.Timeout;
  #isHome = false;
  #sent = 0;

  constructor(options: Options) {
    this.#options = options;
    this.model = new ModelClient(options.name, options.rooms);
    this.#tick = setInterval(() => this.#look(), TICK_MS);
    this.connect();
  }

  get isSettled(): boolean {
    return this.model.unsettled === 0;
  }

  /** Sends until so many are unsettled. */
  sendUpTo(unsettled: number, text: () => string): void {
    const { random, rooms } = this.#options;
    while (this.model.unsettled < Math.min(unsettled, MAX_UNSETTLED)) this.say(random.pick(rooms), text());
  }

  say(room: string, text: string): void {
    this.model.say(room, `${this.#options.name}-${++this.#sent}`, text);
  }

  connect(): void {
    if (this.#isHome || this.wire !== undefined) return;
    this.connects++;
    const wire = new Wire({
      port: this.#options.port,
      protocol: SUBPROTOCOL,
      onOpen: () => this.model.connected(wire),
      onMessage: (payload) => this.#receive(payload.toString()),
      onClose: (closing) => {
        this.closings.push(closing);
        this.wire = undefined;
        this.model.disconnected();
        const { random, comeBackMs = 100 } = this.#options;
        setTimeout(() => this.connect(), random.next() * comeBackMs);
      },
    });
    this.wire = wire;
  }

  /** Is gone, until `comeBack`. */
  leave(): void {
    this.#isHome = true;
    this.wire?.cut();
  }

  comeBack(): void {
    this.#isHome = false;
    this.connect();
  }

  end(): void {
    clearInterval(this.#tick);
    this.leave();
  }

  #receive(text: string): void {
    try {
      this.model.receive(text);
      if (text.startsWith('{"type":"error"')) this.errors.push(JSON.parse(text) as ErrorFrame);
    } catch (error) {
      this.failure ??= error;
      this.end();
    }
  }

  /** Sends again what was refused, and finds out whether anybody is there. */
  #look(): void {
    if (this.model.isConnected) this.model.retry();
    const { patienceMs } = this.#options;
    if (patienceMs === undefined || this.wire === undefined) return;
    const silentMs = performance.now() - this.wire.heardAt;
    if (silentMs > 2 * patienceMs) this.wire.cut();
    else if (silentMs > patienceMs && this.model.isConnected) this.wire.send('{"type":"ping"}');
  }
}

/** @throws the first promise that any of them saw broken */
export function throwFirstFailure(clients: readonly ResumingClient[]): void {
  for (const { failure } of clients) if (failure !== undefined) throw failure;
}
