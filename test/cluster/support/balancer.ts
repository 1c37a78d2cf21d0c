import { connect, createServer, type Server, type Socket } from "node:net";

/** Passes each connection on to the next server in turn, like a balancer that knows nothing of its clients. */
export class Balancer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Where to, and how many connections went there. */
  readonly counts = new Map<number, number>();
  #turn = 0;

  private constructor(port: number, targets: readonly number[]) {
    this.port = port;
    this.#server = createServer((client) => {
      this.#keep(client);
      this.#pass(client, targets, targets.length);
    });
  }

  static async start(port: number, targets: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(port, targets);
    await new Promise<void>((resolve) => balancer.#server.listen(port, "127.0.0.1", 4096, resolve));
    return balancer;
  }

  #pass(client: Socket, targets: readonly number[], tries: number): void {
    if (tries === 0) {
      client.destroy();
      return;
    }
    const target = targets[this.#turn++ % targets.length]!;
    const server = connect(target, "127.0.0.1").setNoDelay(true);
    this.#keep(server);
    const tryNext = (): void => this.#pass(client, targets, tries - 1);
    server.once("error", tryNext);
    server.once("connect", () => {
      server.off("error", tryNext);
      this.counts.set(target, (this.counts.get(target) ?? 0) + 1);
      client.setNoDelay(true);
      client.pipe(server).pipe(client);
      client.once("close", () => server.destroy());
      server.once("close", () => client.destroy());
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
