import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";
import { HANDSHAKE_TIMEOUT_MS } from "../limits.ts";
import type { Certificate } from "../tls.ts";
import { cutWhoTakesNothing, withFewOpenRequests } from "./open-requests.ts";

/** Node looks every 30 s by default, which would make 10 s into 40. */
const CHECKING_INTERVAL_MS = 1_000;

const OPTIONS = {
  headersTimeout: HANDSHAKE_TIMEOUT_MS,
  requestTimeout: HANDSHAKE_TIMEOUT_MS,
  connectionsCheckingInterval: CHECKING_INTERVAL_MS,
  // Whoever offers something else, as `curl --http2` does, is served as if they had not.
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === "websocket",
};

/** The server under the HTTP side; it speaks TLS where there is a certificate. */
export function createPageServer(handler: RequestListener, tls: Certificate | undefined): Server {
  const server = tls === undefined ? createServer(OPTIONS) : createTlsServer(tls);
  server.on("request", withFewOpenRequests(handler));
  cutWhoTakesNothing(server);
  return server;
}

function createTlsServer({ cert, key }: Certificate): Server {
  const server = createSecureServer({ ...OPTIONS, handshakeTimeout: HANDSHAKE_TIMEOUT_MS, cert, key });
  cutHandshakesAtClose(server);
  return server;
}

/** New connections get this certificate; those there are left alone. */
export function setTlsOf(server: Server, { cert, key }: Certificate): void {
  if (server instanceof TlsServer) server.setSecureContext({ cert, key });
}

/** Nobody else would: to the HTTP server these connections are not there yet, and to close it waits for them. */
function cutHandshakesAtClose(server: Server): void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const close = server.close.bind(server);
  server.close = (callback) => {
    close(callback);
    for (const socket of sockets) socket.destroy();
    return server;
  };
}
