import type { RequestListener, Server } from "node:http";
import type { Socket } from "node:net";
import { ANSWER_TIMEOUT_MS, MAX_OPEN_REQUESTS } from "../limits.ts";

/**
 * Bounds how many requests of one connection wait for their answers to be taken; with more it is cut. The attack is to
 * ask a thousand times in one write and to read nothing: each answer would hold an open file until it is its turn.
 * Browsers and proxies ask one after the other.
 */
export function withFewOpenRequests(handler: RequestListener): RequestListener {
  const open = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return; // what else was in that write
    const count = (open.get(socket) ?? 0) + 1;
    if (count > MAX_OPEN_REQUESTS) return void socket.destroy();
    open.set(socket, count);
    response.once("close", () => open.set(socket, open.get(socket)! - 1));
    handler(request, response);
  };
}

/** Cuts whoever takes nothing of an answer. A WebSocket is not held to it: `ws` sets the time of its sockets to none. */
export function cutWhoTakesNothing(server: Server): void {
  server.timeout = ANSWER_TIMEOUT_MS;
}
