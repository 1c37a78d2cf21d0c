import { opendir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { peerOf } from "../access/client-address.ts";
import { ambiguityOf } from "../access/headers.ts";
import type { AccessPolicy } from "../access/policy.ts";
import { TOO_MANY_REQUESTS } from "../access/request-rate.ts";
import { type Log, stackOf } from "../log/log.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Certificate } from "../tls.ts";
import { serveChatPage } from "./chat-page.ts";
import { NOTHING } from "./content-policy.ts";
import { HEALTH_PATHS, type HealthChecks, serveHealth } from "./health.ts";
import { servePlainClient } from "./plain-client.ts";
import { createPageServer } from "./server.ts";

/** Nothing that is asked for here needs a body of more than this. */
const MAX_BODY_BYTES = 64 * 1024;

/** Too many files and sockets are open, in this process or on this machine: no mistake of ours. */
const NO_DESCRIPTORS: ReadonlySet<string> = new Set(["EMFILE", "ENFILE"]);

const HEADERS = {
  "Content-Security-Policy": NOTHING,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/**
 * The HTTP side: the pages, and whether all is well. WebSocket upgrades on the same port are the hub's, see `app.server`.
 *
 * @param pageFolder where the built page is, ending in a slash
 * @param wsPort what /client.html is told to connect to; "" for the port it came from
 */
export function createApp(options: {
  readonly access: AccessPolicy;
  readonly pageFolder: string;
  readonly wsPort: string;
  readonly tls: Certificate | undefined;
  readonly health: HealthChecks;
  readonly meters: Meters;
  readonly log: Log;
  /** Whose request it is, where proxies tell. */
  readonly addressOf: (request: IncomingMessage, peer: string) => string;
  /** Counts a request of that address, or says after how many ms there is room for it. */
  readonly mayAsk: (address: string) => number;
}): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // A path that is none does not get as far as the hooks.
    frameworkErrors: (_, __, reply) => {
      const answer = (reply as unknown as FastifyReply).headers(HEADERS);
      say(answer, 400, "This is no address here.");
    },
    serverFactory: (handler) => createPageServer(handler, options.tls),
  });

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    const address = options.addressOf(request.raw, peerOf(request.raw));
    const waitMs = options.mayAsk(address);
    if (waitMs > 0) {
      options.log("refused", { status: 429, reason: TOO_MANY_REQUESTS, address });
      return say(reply.header("Retry-After", Math.ceil(waitMs / 1_000)), 429, TOO_MANY_REQUESTS);
    }
    if (HEALTH_PATHS.includes(request.url)) return;
    const ambiguity = ambiguityOf(request.raw);
    if (ambiguity !== undefined) return say(reply, 400, ambiguity);
    const reason = options.access(request.headers);
    if (reason === undefined) return;
    options.log("refused", { status: 403, reason, address });
    return say(reply, 403, reason);
  });
  app.setErrorHandler(async (given: FastifyError, _, reply) => {
    // A path that leads out of the page's folder, or to one of its files by another name; or nobody could look.
    const isForbidden = given.code === "FST_STATIC_FORBIDDEN_PATH";
    const error = isForbidden ? await whyNotOpened(options.pageFolder) : given;
    if (error === undefined) return reply.callNotFound();
    const status = error.statusCode ?? 500;
    if (status < 500) return say(reply, status, "This is no request for here.");
    if (NO_DESCRIPTORS.has(error.code)) {
      options.log("trouble", { reason: error.message });
      return say(reply, 503, "There is too much going on here: try again later.");
    }
    options.log("unexpected", { error: stackOf(error) });
    return say(reply, 500, "Something went wrong here; natter's log has more.");
  });
  app.setNotFoundHandler((_, reply) => say(reply, 404, "There is nothing here. The chat is at /"));

  app.addHook("onResponse", async (_, { statusCode }) => {
    if (statusCode >= 400) options.meters.refused("http", statusCode);
  });

  serveHealth(app, options.health);
  servePlainClient(app, options.wsPort);
  serveChatPage(app, options.pageFolder);
  return app;
}

/** What keeps a folder from being looked at, if anything does. */
async function whyNotOpened(folder: string): Promise<FastifyError | undefined> {
  try {
    await (await opendir(folder)).close();
    return undefined;
  } catch (error) {
    return error as FastifyError;
  }
}

/** Answers with a sentence for a person. */
function say(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(`${sentence}\n`);
}
