import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * pass      both ways
 * swallow   what the server answers next is lost, and the connection with it
 * hold      the client loses its connection when it next says something; the server hears it only when `release` is called
 */
export type ProxyMode = "pass" | "swallow" | "hold";

export interface CuttingProxy {
  /** The same database through the proxy. */
  through(url: string): string;
  mode: ProxyMode;
  /** Tells the server what was held back. */
  release(): void;
  end(): Promise<void>;
}

/** Between a store and its server, to lose what would otherwise be lost once a year. */
export async function startProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let held: (() => void)[] = [];

  const listener = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    let isCut = false;
    client.on("data", (bytes) => {
      if (proxy.mode !== "hold") return void server.write(bytes);
      isCut = true;
      held.push(() => server.write(bytes));
      client.destroy();
    });
    server.on("data", (bytes) => {
      if (proxy.mode !== "swallow") return void client.write(bytes);
      client.destroy();
      server.destroy();
    });
    client.on("close", () => isCut || server.destroy());
    server.on("close", () => client.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const own = (listener.address() as { port: number }).port;

  const proxy: CuttingProxy = {
    mode: "pass",
    through(url) {
      const through = new URL(url);
      through.port = String(own);
      return through.href;
    },
    release() {
      for (const tell of held) tell();
      held = [];
    },
    async end() {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
}
