import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { selfContainedPolicy } from "./content-policy.ts";

const FILE = new URL("../../public/client.html", import.meta.url);
/** The plain WebSocket port as the file names it; where natter listens on another, that one is put in its place. */
const USUAL_WS_PORT = "9001";

/**
 * `/client.html`, the whole plain client in one file. It is read once.
 *
 * @param wsPort what is filled in for it to connect to; "" for the very port that it came from
 */
export function servePlainClient(app: FastifyInstance, wsPort: string): void {
  const html = readFileSync(FILE, "utf8").replaceAll(USUAL_WS_PORT, wsPort);
  app.get("/client.html", (request, reply) =>
    reply
      .header("Content-Security-Policy", selfContainedPolicy(html, request.headers.host, wsPort))
      .type("text/html; charset=utf-8")
      .send(html),
  );
}
