import { type IncomingHttpHeaders, request } from "node:http";
import { request as secureRequest } from "node:https";
import { inTime } from "../../support/raw-client.ts";

export type Answer = { status: number; body: string; headers: IncomingHttpHeaders };

/**
 * Asks for a page as any program would, on a connection of its own.
 *
 * @param options.ca what vouches for the server's certificate; it is spoken to over TLS then
 */
export function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; ca?: string; servername?: string } = {},
): Promise<Answer> {
  const { ca, ...rest } = options;
  const make = ca === undefined ? request : secureRequest;
  const answer = new Promise<Answer>((resolve, reject) => {
    const asking = make({ host: "127.0.0.1", port, path, agent: false, ca, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, body: Buffer.concat(chunks).toString(), headers });
      });
    });
    asking.on("error", reject);
    asking.end();
  });
  return inTime(answer, `an answer for ${path}`);
}
