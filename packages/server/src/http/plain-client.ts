import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { isNameable, selfContainedPolicy } from "./content-policy.ts";

const FILE = new URL("../../public/client.html", import.meta.url);
/** The plain WebSocket port as the file names it; where natter listens on another, that one is put in its place. */
const USUAL_WS_PORT = "9001";

/**
 * `/client.html`, the whole plain client in one file. It is read once.
 *
 * @param wsPort what is filled in for it to connect to; "" for the very port that it came from. So it is told as well where
 * its host is an IPv6 address: a policy cannot name that, and would have to let it connect to any host
 */
export function servePlainClient(app: FastifyInstance, wsPort: string): void {
  const html = readFileSync(FILE, "utf8");
  const connectingTo = (port: string) => {
    const page = html.replaceAll(USUAL_WS_PORT, port);
    return { page, policyFor: selfContainedPolicy(page, port) };
  };
  const [usual, own] = [connectingTo(wsPort), connectingTo("")];
  app.get("/client.html", ({ headers: { host } }, reply) => {
    const { page, policyFor } = isNameable(host) ? usual : own;
    return reply
      .header("Content-Security-Policy", policyFor(host))
      .type("text/html; charset=utf-8")
      .send(page);
  });
}
