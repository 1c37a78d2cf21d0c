import { createServer, type Server as HttpServer, type ServerOptions } from "node:http";
import { createServer as createSecureServer, type Server as HttpsServer } from "node:https";
import type { HubOptions } from "./options.ts";

/** How often Node looks for connections over their time, in ms: its default of 30 s would triple a limit of 10 s. */
const CHECKING_INTERVAL_MS = 500;

/** The hub's own HTTP(S) server: it takes upgrades, and tells everybody else what it is for. */
export function createPort(tls: HubOptions["tls"], handshakeTimeoutMs: number): HttpServer | HttpsServer {
  const options: ServerOptions = {
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: handshakeTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, handshakeTimeoutMs),
    keepAliveTimeout: 1_000,
  };
  const server = tls ? createSecureServer({ ...options, ...tls }) : createServer(options);
  server.on("request", (request, response) => {
    request.resume();
    response.writeHead(426, { Upgrade: "websocket", Connection: "close", "Content-Type": "text/plain" });
    response.end("This port speaks WebSocket: connect with a WebSocket client.\n");
  });
  return server;
}

/**
 * @param onError later trouble, such as no file descriptors left to accept with: the port stays open
 * @throws the listening error, such as EADDRINUSE, as Node gives it
 */
export async function openPort(
  server: HttpServer | HttpsServer,
  { port, host, onError }: { port: number; host: string; onError: (error: Error) => void },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      server.on("error", onError);
      resolve();
    });
  });
}

export async function closePort(server: HttpServer | HttpsServer): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
