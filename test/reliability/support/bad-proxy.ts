// A bad network between clients and the server: a TCP proxy whose connections can be cut, be dead at one end
// only, let nothing through in one direction, or a byte a millisecond.

import { connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "../../../packages/server/src/simulation/random.ts";

/** `up` is from the client to the server. */
export type Direction = "up" | "down";
/** `hold`: nothing passes, and nothing is lost. `lose`: nothing passes, and it is gone. */
type Mode = "flow" | "hold" | "lose" | "trickle";

const TRICKLE_EVERY_MS = 1;

/** One direction of one connection. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  #mode: Mode = "flow";
  #pending: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Called with what passes, or is lost, after it did. */
  onBytes: ((bytes: Buffer) => void) | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on("data", (bytes) => this.#take(bytes as Buffer));
    to.on("drain", () => this.#mode === "flow" && from.resume());
  }

  set mode(mode: Mode) {
    // After a loss the rest would make no sense, and Node still hands out what it read before a socket was destroyed.
    if (this.#mode === "lose") return;
    this.#mode = mode;
    clearInterval(this.#timer);
    if (mode === "hold") this.#from.pause();
    else if (mode === "trickle") this.#timer = setInterval(() => this.#trickle(), TRICKLE_EVERY_MS);
    else {
      for (const bytes of this.#pending) if (mode === "flow") this.#to.write(bytes);
      this.#pending = [];
      this.#from.resume();
    }
  }

  #take(bytes: Buffer): void {
    // What was read before the pause took effect waits like the rest.
    if (this.#mode === "hold" || this.#mode === "trickle") {
      this.#pending.push(bytes);
      this.#from.pause();
    } else if (this.#mode === "flow" && !this.#to.write(bytes)) {
      this.#from.pause();
    }
    this.onBytes?.(bytes);
  }

  #trickle(): void {
    const first = this.#pending[0];
    if (first === undefined) {
      this.#from.resume();
      return;
    }
    this.#to.write(first.subarray(0, 1));
    if (first.length === 1) this.#pending.shift();
    else this.#pending[0] = first.subarray(1);
  }
}

/** One client's connection through the proxy. */
export class Link {
  readonly up: Lane;
  readonly down: Lane;
  readonly #client: Socket;
  readonly #server: Socket;
  #deadEnd: Direction | undefined;
  isOver = false;

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    this.up = new Lane(client, server);
    this.down = new Lane(server, client);
    for (const [end, direction] of [
      [client, "up"],
      [server, "down"],
    ] as const) {
      end.on("error", () => {});
      end.once("close", () => {
        if (this.#deadEnd !== direction) this.cut();
      });
    }
  }

  cut(): void {
    this.isOver = true;
    this.up.mode = "lose";
    this.down.mode = "lose";
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  /** One end is gone, and the other hears nothing of it: as when a cable is pulled, or a NAT forgets. */
  halfOpen(deadEnd: Direction): void {
    this.#deadEnd = deadEnd;
    this.up.mode = "lose";
    this.down.mode = "lose";
    (deadEnd === "up" ? this.#client : this.#server).resetAndDestroy();
  }

  /** What was held goes on; what was half open is found to be dead when anything is sent to it. */
  heal(): void {
    if (this.isOver) return;
    if (this.#deadEnd === undefined) {
      this.up.mode = "flow";
      this.down.mode = "flow";
    } else {
      const survivor = this.#deadEnd === "up" ? this.down : this.up;
      survivor.onBytes = () => this.cut();
    }
  }
}

export class BadProxy implements AsyncDisposable {
  readonly links = new Set<Link>();
  readonly faults: Record<"cut" | "half open" | "one way" | "a byte a millisecond", number> = {
    cut: 0,
    "half open": 0,
    "one way": 0,
    "a byte a millisecond": 0,
  };
  /** Called with each new connection. */
  onLink: ((link: Link) => void) | undefined;
  readonly port: number;
  readonly #server: Server;

  private constructor(port: number, targetPort: number) {
    this.port = port;
    this.#server = createServer((client) => {
      const link = new Link(client.setNoDelay(true), connect(targetPort, "127.0.0.1").setNoDelay(true));
      this.links.add(link);
      client.once("close", () => this.links.delete(link));
      this.onLink?.(link);
    });
  }

  static async start(port: number, targetPort: number): Promise<BadProxy> {
    const proxy = new BadProxy(port, targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(port, "127.0.0.1", 4096, resolve));
    return proxy;
  }

  /** One of its connections gets into trouble. */
  trouble(random: Random): void {
    const links = [...this.links].filter(({ isOver }) => !isOver);
    if (links.length === 0) return;
    const link = random.pick(links);
    const direction = random.pick(["up", "down"] as const);
    const fault = random.pick(Object.keys(this.faults) as (keyof typeof this.faults)[]);
    this.faults[fault]++;
    switch (fault) {
      case "cut":
        link.cut();
        return;
      case "half open":
        link.halfOpen(direction);
        return;
      case "one way":
        link[direction].mode = "hold";
        return;
      case "a byte a millisecond":
        link[direction].mode = "trickle";
    }
  }

  heal(): void {
    for (const link of this.links) link.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.links) link.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
