import { createServer } from "node:http";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { AccessPolicy } from "../access/policy.ts";
import { readPages } from "./pages.ts";

/** Time for a request's headers, and for all of it, in ms: half a header from thousands of sockets (slowloris). */
const REQUEST_TIMEOUT_MS = 10_000;
/** Node looks every 30 s by default, which would make 10 s into 40. */
const CHECKING_INTERVAL_MS = 1_000;
/** Nothing that is asked for here needs a body of more than this. */
const MAX_BODY_BYTES = 64 * 1024;

const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/**
 * The HTTP side: the pages. WebSocket upgrades on the same port are the hub's, see `app.server`.
 *
 * @param wsPort what the pages are told to connect to; "" for the port they came from
 */
export function createApp(options: {
  readonly access: AccessPolicy;
  readonly wsPort: string;
  readonly warn: (line: string) => void;
}): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // A path that is none does not get as far as the hooks.
    frameworkErrors: (_, __, reply) => {
      const answer = reply as unknown as FastifyReply;
      answer.code(400).headers(HEADERS).type("text/plain; charset=utf-8").send("This is no address here.\n");
    },
    serverFactory: (handler) =>
      createServer(
        {
          headersTimeout: REQUEST_TIMEOUT_MS,
          requestTimeout: REQUEST_TIMEOUT_MS,
          connectionsCheckingInterval: CHECKING_INTERVAL_MS,
        },
        handler,
      ),
  });
  const pages = readPages(options.wsPort);

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    const reason = options.access(request.headers);
    if (reason === undefined) return;
    options.warn(`403: ${reason}`);
    return reply.code(403).type("text/plain; charset=utf-8").send(`${reason}\n`);
  });

  app.get("/*", (request, reply) => {
    const page = pages.get(request.url.split("?", 1)[0]!);
    if (page === undefined) return reply.callNotFound();
    return reply
      .header("Content-Security-Policy", page.policy(request.headers.host))
      .type(page.type)
      .send(page.body);
  });

  app.setNotFoundHandler((_, reply) =>
    reply.code(404).type("text/plain; charset=utf-8").send("There is nothing here. The chat is at /\n"),
  );
  return app;
}
