import { createServer } from "node:http";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { AccessPolicy } from "../access/policy.ts";
import { serveChatPage } from "./chat-page.ts";
import { NOTHING } from "./content-policy.ts";
import { servePlainClient } from "./plain-client.ts";

/** Time for a request's headers, and for all of it, in ms: half a header from thousands of sockets (slowloris). */
const REQUEST_TIMEOUT_MS = 10_000;
/** Node looks every 30 s by default, which would make 10 s into 40. */
const CHECKING_INTERVAL_MS = 1_000;
/** Nothing that is asked for here needs a body of more than this. */
const MAX_BODY_BYTES = 64 * 1024;

const HEADERS = {
  "Content-Security-Policy": NOTHING,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/**
 * The HTTP side: the pages. WebSocket upgrades on the same port are the hub's, see `app.server`.
 *
 * @param pageFolder where the built page is, ending in a slash
 * @param wsPort what /client.html is told to connect to; "" for the port it came from
 */
export function createApp(options: {
  readonly access: AccessPolicy;
  readonly pageFolder: string;
  readonly wsPort: string;
  readonly warn: (line: string) => void;
}): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // A path that is none does not get as far as the hooks.
    frameworkErrors: (_, __, reply) => {
      const answer = (reply as unknown as FastifyReply).headers(HEADERS);
      say(answer, 400, "This is no address here.");
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

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    const reason = options.access(request.headers);
    if (reason === undefined) return;
    options.warn(`403: ${reason}`);
    return say(reply, 403, reason);
  });
  app.setErrorHandler((error: FastifyError, _, reply) => {
    // A path that leads out of the page's folder, or to one of its files by another name.
    if (error.code === "FST_STATIC_FORBIDDEN_PATH") return reply.callNotFound();
    const status = error.statusCode ?? 500;
    if (status < 500) return say(reply, status, "This is no request for here.");
    options.warn(`natter: unexpected: ${error.stack}`);
    return say(reply, 500, "Something went wrong here; natter's log has more.");
  });
  app.setNotFoundHandler((_, reply) => say(reply, 404, "There is nothing here. The chat is at /"));

  servePlainClient(app, options.wsPort);
  serveChatPage(app, options.pageFolder);
  return app;
}

/** Answers with a sentence for a person. */
function say(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(`${sentence}\n`);
}
