import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { createAccessPolicy } from "../access/policy.ts";
import { cutWhoTakesNothing, withFewOpenRequests } from "../http/open-requests.ts";
import { portError } from "../start-error.ts";

/** Time for a request, in ms: whoever asks is a program nearby. */
const REQUEST_TIMEOUT_MS = 5_000;

const WRONG_HOST = "This is not served by that name: ask by the address that --metrics-address names.";

export type MetricsAddress = { readonly host: string; readonly port: number };

/**
 * `/metrics` on an address of its own, for what it tells is nobody's business but the operator's.
 *
 * @returns the server, which listens
 * @throws {StartError}
 */
export async function serveMetrics({ host, port }: MetricsAddress, registry: Registry): Promise<Server> {
  // A page in a browser on this machine could ask as well, by a name that points here (DNS rebinding).
  const access = createAccessPolicy({ host, allowOrigin: [] });
  const server = createServer(
    { headersTimeout: REQUEST_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 8_192 },
    withFewOpenRequests(async (request, response) => {
      request.resume();
      const refusal = access(request.headers);
      const isMetrics = request.method === "GET" && request.url === "/metrics";
      if (refusal === undefined && isMetrics) {
        response.writeHead(200, {
          "Content-Type": registry.contentType,
          "X-Content-Type-Options": "nosniff",
        });
        response.end(await registry.metrics());
      } else {
        response.writeHead(refusal === undefined ? 404 : 403, {
          "Content-Type": "text/plain; charset=utf-8",
        });
        response.end(refusal === undefined ? "There is nothing here but /metrics\n" : `${WRONG_HOST}\n`);
      }
    }),
  );
  cutWhoTakesNothing(server);
  server.listen(port, host);
  await once(server, "listening").catch((error) => {
    throw portError(error, port, host, "--metrics-address");
  });
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export async function closeMetrics(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
