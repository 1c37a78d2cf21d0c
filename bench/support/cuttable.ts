import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and its server until it is cut: then every connection is gone, and none can be made. */
export class CuttableProxy implements Disposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number): Promise<CuttableProxy> {
    const server = createServer();
    const proxy = new CuttableProxy(server);
    server.on("connection", (socket) => {
      const onward = connect(port, "127.0.0.1");
      for (const each of [socket, onward]) {
        proxy.#sockets.add(each.setNoDelay());
        each.on("error", () => {}); // a cut is what this is for
      }
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.cut();
  }
}
